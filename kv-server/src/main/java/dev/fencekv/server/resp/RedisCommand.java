package dev.fencekv.server.resp;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The commands that are understood, and what {@code COMMAND} says of them. */
enum RedisCommand {
    PING(-1, Access.NONE),
    ECHO(2, Access.NONE),
    HELLO(-1, Access.NONE),
    AUTH(-2, Access.NONE),
    SELECT(2, Access.NONE),
    CLIENT(-2, Access.NONE),
    COMMAND(-1, Access.NONE),
    INFO(-1, Access.NONE),
    QUIT(-1, Access.NONE),

    GET(2, Access.READ),
    STRLEN(2, Access.READ),
    TYPE(2, Access.READ),
    SET(-3, Access.WRITE),
    SETNX(3, Access.WRITE),
    SETEX(4, Access.WRITE),
    PSETEX(4, Access.WRITE),
    GETSET(3, Access.WRITE),
    GETDEL(2, Access.WRITE),
    GETEX(-2, Access.WRITE),
    INCR(2, Access.WRITE),
    DECR(2, Access.WRITE),
    INCRBY(3, Access.WRITE),
    DECRBY(3, Access.WRITE),
    APPEND(3, Access.WRITE),
    DEL(-2, Access.WRITE_MANY),
    UNLINK(-2, Access.WRITE_MANY),
    EXISTS(-2, Access.READ_MANY),
    MGET(-2, Access.READ_MANY),
    SCAN(-2, Access.NONE),
    DBSIZE(1, Access.NONE),
    MSET(-3, Access.WRITE_PAIRS),
    MSETNX(-3, Access.WRITE_PAIRS),
    EXPIRE(-3, Access.WRITE),
    PEXPIRE(-3, Access.WRITE),
    PERSIST(2, Access.WRITE),
    TTL(2, Access.READ),
    PTTL(2, Access.READ),

    FENCE_LOCK("FENCE.LOCK", -2, Access.NONE),
    FENCE_UNLOCK("FENCE.UNLOCK", 3, Access.NONE),
    FENCE_CHECK("FENCE.CHECK", 3, Access.NONE),
    FENCE_INSPECT("FENCE.INSPECT", 2, Access.NONE),
    FENCE_GET("FENCE.GET", -5, Access.READ),
    FENCE_SET("FENCE.SET", -6, Access.WRITE),
    FENCE_DEL("FENCE.DEL", -5, Access.WRITE),
    FENCE_INCRBY("FENCE.INCRBY", -6, Access.WRITE),
    FENCE_APPEND("FENCE.APPEND", -6, Access.WRITE);

    /** What a command does to which of its words. */
    enum Access {
        NONE("fast", 0, 0, 0),
        READ("readonly", 1, 1, 1),
        READ_MANY("readonly", 1, -1, 1),
        WRITE("write", 1, 1, 1),
        WRITE_MANY("write", 1, -1, 1),
        WRITE_PAIRS("write", 1, -1, 2);

        private final String flag;
        private final int firstKey;
        private final int lastKey;
        private final int step;

        Access(String flag, int firstKey, int lastKey, int step) {
            this.flag = flag;
            this.firstKey = firstKey;
            this.lastKey = lastKey;
            this.step = step;
        }

        String flag() {
            return flag;
        }

        /** The first word that is a key, counted with the name as 0; 0 if none is. */
        int firstKey() {
            return firstKey;
        }

        /** The last one, counted from the end if negative. */
        int lastKey() {
            return lastKey;
        }

        /** From one key to the next. */
        int step() {
            return step;
        }
    }

    private static final Map<String, RedisCommand> BY_NAME = new TreeMap<>();

    static {
        for (RedisCommand command : values()) {
            BY_NAME.put(command.spelling, command);
        }
    }

    private final String spelling;
    private final int arity;
    private final Access access;

    RedisCommand(int arity, Access access) {
        this.spelling = name();
        this.arity = arity;
        this.access = access;
    }

    RedisCommand(String spelling, int arity, Access access) {
        this.spelling = spelling;
        this.arity = arity;
        this.access = access;
    }

    /** Null if there is none of this name, whatever its case. */
    static @Nullable RedisCommand named(String name) {
        return BY_NAME.get(name.toUpperCase(Locale.ROOT));
    }

    String spelling() {
        return spelling;
    }

    /** How many words, the name included; at least so many if negative, as Redis says it. */
    int arity() {
        return arity;
    }

    Access access() {
        return access;
    }

    boolean takes(int words) {
        return arity >= 0 ? words == arity : words >= -arity;
    }
}
