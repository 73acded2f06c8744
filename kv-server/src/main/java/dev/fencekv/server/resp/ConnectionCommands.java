package dev.fencekv.server.resp;

import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** What is between a client and this node, and touches no key. Safe from any thread. */
final class ConnectionCommands {
    /**
     * The release of Redis whose replies these are like: clients choose by it what to send. Nothing
     * says that it is Redis: {@code server} is {@code fencekv}.
     */
    static final String REDIS_VERSION = "7.2.0";

    private final String release;
    private final Supplier<String> info;

    /**
     * @param release of this program
     * @param info what INFO says
     */
    ConnectionCommands(String release, Supplier<String> info) {
        this.release = release;
        this.info = info;
    }

    static RespReply ping(Words words) {
        if (!words.hasMore()) {
            return new RespReply.Simple("PONG");
        }
        Value message = words.value();
        words.end();
        return new RespReply.Bulk(message);
    }

    RespReply hello(RespClient caller, Words words) {
        int version = caller.version();
        String name = caller.name();
        if (words.hasMore()) {
            version = version(words.value().toUtf8());
        }
        while (words.hasMore()) {
            switch (words.keyword()) {
                case "SETNAME" -> name = name(words);
                case "AUTH" -> {
                    words.value();
                    words.value();
                    throw noPasswords();
                }
                default -> throw RefusedException.syntax();
            }
        }
        caller.speak(version);
        caller.rename(name);
        return RespReply.table(
                "server",
                "fencekv",
                "version",
                REDIS_VERSION,
                "fencekv_version",
                release,
                "proto",
                version,
                "id",
                caller.id(),
                "mode",
                "standalone",
                "role",
                "master",
                "modules",
                RespReply.EMPTY);
    }

    private static int version(String text) {
        return switch (text) {
            case "2" -> 2;
            case "3" -> 3;
            default -> throw new RefusedException("NOPROTO unsupported protocol version: 2 or 3");
        };
    }

    static RefusedException noPasswords() {
        return new RefusedException(
                "ERR AUTH called, but this port knows no users and no passwords: leave them out");
    }

    static RespReply select(Words words) {
        if (words.number() != 0) {
            throw new RefusedException(
                    "ERR DB index is out of range: there is one database, 0; use prefixes of keys");
        }
        return RespReply.OK;
    }

    static RespReply client(RespClient caller, Words words) {
        String verb = words.keyword();
        RespReply reply =
                switch (verb) {
                    case "ID" -> RespReply.number(caller.id());
                    case "GETNAME" ->
                            caller.name().isEmpty()
                                    ? RespReply.NULL
                                    : RespReply.text(caller.name());
                    case "SETNAME" -> {
                        caller.rename(name(words));
                        yield RespReply.OK;
                    }
                    case "SETINFO" -> {
                        words.value();
                        words.value();
                        yield RespReply.OK;
                    }
                    default ->
                            throw new RefusedException(
                                    "ERR unknown subcommand '"
                                            + verb
                                            + "': CLIENT knows ID, GETNAME, SETNAME, SETINFO");
                };
        words.end();
        return reply;
    }

    /** It is also the label of the connection's session, where people see it in evidence. */
    private static String name(Words words) {
        String name = words.text();
        if (name.chars().anyMatch(each -> each <= ' ' || each == 0x7f)) {
            throw new RefusedException(
                    "ERR Client names cannot contain spaces, newlines or special characters.");
        }
        return new SessionLabel(name).value();
    }

    static RespReply command(Words words) {
        if (!words.hasMore()) {
            return all();
        }
        String verb = words.keyword();
        switch (verb) {
            case "COUNT":
                words.end();
                return RespReply.number(RedisCommand.values().length);
            case "DOCS":
                // Their help is their own; ours is in the documentation.
                return RespReply.table();
            case "LIST":
                words.end();
                return names();
            case "INFO":
                return words.hasMore() ? described(words) : all();
            default:
                throw new RefusedException(
                        "ERR unknown subcommand '"
                                + verb
                                + "': COMMAND knows COUNT, DOCS, INFO, LIST");
        }
    }

    private static RespReply all() {
        List<RespReply> all = new ArrayList<>();
        for (RedisCommand each : RedisCommand.values()) {
            all.add(described(each));
        }
        return new RespReply.Array(all);
    }

    private static RespReply names() {
        List<RespReply> names = new ArrayList<>();
        for (RedisCommand each : RedisCommand.values()) {
            names.add(RespReply.text(lower(each)));
        }
        return new RespReply.Array(names);
    }

    private static RespReply described(Words words) {
        List<RespReply> described = new ArrayList<>();
        while (words.hasMore()) {
            RedisCommand command = RedisCommand.named(words.value().toUtf8());
            described.add(command == null ? RespReply.NULL : described(command));
        }
        return new RespReply.Array(described);
    }

    private static RespReply described(RedisCommand command) {
        RedisCommand.Access access = command.access();
        return new RespReply.Array(
                List.of(
                        RespReply.text(lower(command)),
                        RespReply.number(command.arity()),
                        new RespReply.Array(List.of(new RespReply.Simple(access.flag()))),
                        RespReply.number(access.firstKey()),
                        RespReply.number(access.lastKey()),
                        RespReply.number(access.step()),
                        RespReply.EMPTY,
                        RespReply.EMPTY,
                        RespReply.EMPTY,
                        RespReply.EMPTY));
    }

    private static String lower(RedisCommand command) {
        return command.spelling().toLowerCase(Locale.ROOT);
    }

    /** Sections cannot be chosen: there is little to say. */
    RespReply info() {
        return RespReply.text(info.get());
    }

    static RespReply quit(RespClient caller) {
        caller.leave();
        return RespReply.OK;
    }
}
