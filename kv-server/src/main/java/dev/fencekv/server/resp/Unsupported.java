package dev.fencekv.server.resp;

import java.util.Locale;
import java.util.Map;

/** What to use in place of Redis' commands that are not here. Stateless. */
final class Unsupported {
    private static final String STRINGS_ONLY =
            "values are strings here: keep one key per element, or encode them yourself";
    private static final String TRANSACTIONS =
            "use MSET, SET with NX, FENCE.SET, or a transaction of the Java client";
    private static final String MULTI = "MULTI";
    private static final String SCRIPTS = "there are no scripts: " + TRANSACTIONS;
    private static final String CHANNELS = "there are no channels: use a watch of the Java client";
    private static final String WALL_CLOCK =
            "nothing here expires by a wall clock: say how long, with EXPIRE or PEXPIRE";
    private static final String OPERATORS = "use kvcli, which asks all nodes";

    private static final Map<String, String> INSTEAD =
            Map.ofEntries(
                    Map.entry(MULTI, TRANSACTIONS + "; nothing sent after this is executed"),
                    Map.entry("EXEC", TRANSACTIONS),
                    Map.entry("DISCARD", TRANSACTIONS),
                    Map.entry("WATCH", TRANSACTIONS),
                    Map.entry("UNWATCH", TRANSACTIONS),
                    Map.entry("EVAL", SCRIPTS),
                    Map.entry("EVALSHA", SCRIPTS),
                    Map.entry("SCRIPT", SCRIPTS),
                    Map.entry("FUNCTION", SCRIPTS),
                    Map.entry("FCALL", SCRIPTS),
                    Map.entry("SUBSCRIBE", CHANNELS),
                    Map.entry("PSUBSCRIBE", CHANNELS),
                    Map.entry("SSUBSCRIBE", CHANNELS),
                    Map.entry("PUBLISH", CHANNELS),
                    Map.entry("EXPIREAT", WALL_CLOCK),
                    Map.entry("PEXPIREAT", WALL_CLOCK),
                    Map.entry("EXPIRETIME", WALL_CLOCK),
                    Map.entry("PEXPIRETIME", WALL_CLOCK),
                    Map.entry("KEYS", "use SCAN, which does not stop everybody else"),
                    Map.entry("RANDOMKEY", "use SCAN"),
                    Map.entry("FLUSHALL", "use SCAN and DEL, or an empty cluster"),
                    Map.entry("FLUSHDB", "use SCAN and DEL, or an empty cluster"),
                    Map.entry("INCRBYFLOAT", "use INCRBY of a smaller unit"),
                    Map.entry("GETRANGE", "use GET"),
                    Map.entry("SETRANGE", "use SET or APPEND"),
                    Map.entry("WAIT", "every acknowledged write is on a majority's disks"),
                    Map.entry("WAITAOF", "every acknowledged write is on a majority's disks"),
                    Map.entry("SAVE", "every acknowledged write is on a majority's disks"),
                    Map.entry("BGSAVE", "every acknowledged write is on a majority's disks"),
                    Map.entry("CLUSTER", "any node serves all keys: connect without cluster mode"),
                    Map.entry("READONLY", "any node serves all keys: connect without cluster mode"),
                    Map.entry("CONFIG", OPERATORS),
                    Map.entry("MONITOR", OPERATORS),
                    Map.entry("SLOWLOG", OPERATORS),
                    Map.entry("SHUTDOWN", "stop the process"));

    private static final String[] OTHER_TYPES = {
        "LPUSH",
        "RPUSH",
        "LPOP",
        "RPOP",
        "LRANGE",
        "LLEN",
        "BLPOP",
        "BRPOP",
        "LMOVE",
        "SADD",
        "SREM",
        "SMEMBERS",
        "SISMEMBER",
        "SCARD",
        "SSCAN",
        "HSET",
        "HGET",
        "HDEL",
        "HGETALL",
        "HMGET",
        "HMSET",
        "HINCRBY",
        "HSCAN",
        "HEXISTS",
        "ZADD",
        "ZREM",
        "ZRANGE",
        "ZSCORE",
        "ZSCAN",
        "ZCARD",
        "XADD",
        "XREAD",
        "XRANGE",
        "XLEN",
        "PFADD",
        "PFCOUNT",
        "GEOADD",
        "SETBIT",
        "GETBIT",
        "BITCOUNT",
        "BITOP",
        "SORT"
    };

    private Unsupported() {}

    /** Whether it begins a transaction, whose commands may be on their way already. */
    static boolean isMulti(String name) {
        return name.equalsIgnoreCase(MULTI);
    }

    static RespReply.Error command(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        String instead = INSTEAD.get(upper);
        if (instead == null) {
            for (String each : OTHER_TYPES) {
                if (each.equals(upper)) {
                    instead = STRINGS_ONLY;
                }
            }
        }
        return new RespReply.Error(
                instead == null
                        ? "ERR unknown command '" + shown(name) + "'"
                        : "ERR unknown command '" + shown(name) + "': " + instead);
    }

    private static String shown(String name) {
        return name.length() > 64 ? name.substring(0, 64) + "…" : name;
    }
}
