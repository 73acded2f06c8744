package dev.fencekv.server.resp;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Takes each command to who can execute it. Safe from any thread. */
final class Commands implements RespHandler {
    private final ConnectionCommands connections;
    private final StringCommands strings;
    private final ManyKeysCommands manyKeys;
    private final RangeCommands ranges;
    private final ExpiryCommands expiry;
    private final FenceCommands fences;

    Commands(ConnectionCommands connections, KvClient client) {
        this.connections = connections;
        this.strings = new StringCommands(client);
        this.manyKeys = new ManyKeysCommands(client);
        this.ranges = new RangeCommands(client);
        this.expiry = new ExpiryCommands(client);
        this.fences = new FenceCommands(client);
    }

    @Override
    public CompletableFuture<RespReply> handle(RespClient caller, List<Value> words) {
        String name = words.get(0).toUtf8();
        RedisCommand command = RedisCommand.named(name);
        if (command == null) {
            if (Unsupported.isMulti(name)) {
                // HAZARD: clients send a whole MULTI … EXEC at once. Refused, but with what is
                // between executed, a transaction would be done in parts.
                caller.leave();
            }
            return done(Unsupported.command(name));
        }
        if (!command.takes(words.size())) {
            throw new RefusedException(
                    "ERR wrong number of arguments for '"
                            + command.spelling().toLowerCase(Locale.ROOT)
                            + "' command");
        }
        return execute(command, caller, new Words(words));
    }

    private CompletableFuture<RespReply> execute(
            RedisCommand command, RespClient caller, Words words) {
        return switch (command) {
            case PING -> done(ConnectionCommands.ping(words));
            case ECHO -> done(new RespReply.Bulk(words.value()));
            case HELLO -> done(connections.hello(caller, words));
            case AUTH -> throw ConnectionCommands.noPasswords();
            case SELECT -> done(ConnectionCommands.select(words));
            case CLIENT -> done(ConnectionCommands.client(caller, words));
            case COMMAND -> done(ConnectionCommands.command(words));
            case INFO -> done(connections.info());
            case QUIT -> done(ConnectionCommands.quit(caller));
            case GET -> strings.get(words.key(), List.of());
            case STRLEN -> strings.length(words.key());
            case TYPE -> strings.type(words.key());
            case SET -> set(words);
            case SETEX -> setLasting(words, TimeUnit.SECONDS);
            case PSETEX -> setLasting(words, TimeUnit.MILLISECONDS);
            case SETNX -> strings.setIfAbsent(words.key(), words.value());
            case GETSET -> strings.set(words.key(), words.value(), SetOptions.returningPrevious());
            case GETDEL -> strings.getAndDelete(words.key());
            case GETEX -> getAndExpire(words);
            case INCR -> strings.increment(words.key(), 1, List.of());
            case DECR -> strings.decrement(words.key(), 1);
            case INCRBY -> strings.increment(words.key(), words.number(), List.of());
            case DECRBY -> strings.decrement(words.key(), words.number());
            case APPEND -> strings.append(words.key(), words.value(), List.of());
            case DEL, UNLINK ->
                    words.left() == 1
                            ? strings.delete(words.key(), List.of())
                            : manyKeys.delete(words);
            case MSET -> manyKeys.set(words);
            case MSETNX -> manyKeys.setIfAllAbsent(words);
            case EXPIRE -> expiry.expire(words, TimeUnit.SECONDS);
            case PEXPIRE -> expiry.expire(words, TimeUnit.MILLISECONDS);
            case PERSIST -> expiry.persist(words.key());
            case TTL -> expiry.remaining(words.key(), TimeUnit.SECONDS);
            case PTTL -> expiry.remaining(words.key(), TimeUnit.MILLISECONDS);
            case EXISTS -> words.left() == 1 ? strings.exists(words.key()) : ranges.exist(words);
            case MGET -> ranges.get(words);
            case SCAN -> ranges.scan(words);
            case DBSIZE -> ranges.count();
            case FENCE_LOCK -> fences.lock(caller, words);
            case FENCE_UNLOCK -> fences.unlock(caller, words);
            case FENCE_CHECK -> fences.check(words);
            case FENCE_INSPECT -> fences.inspect(words);
            case FENCE_GET -> strings.get(words.key(), Fences.read(words));
            case FENCE_SET -> fencedSet(words);
            case FENCE_DEL -> strings.delete(words.key(), Fences.read(words));
            case FENCE_INCRBY -> strings.increment(words.key(), words.number(), Fences.read(words));
            case FENCE_APPEND -> strings.append(words.key(), words.value(), Fences.read(words));
        };
    }

    private CompletableFuture<RespReply> setLasting(Words words, TimeUnit unit) {
        Key key = words.key();
        SetOptions options = SetOptions.lasting(ExpiryCommands.ttl(words, unit));
        return strings.set(key, words.value(), options);
    }

    private CompletableFuture<RespReply> getAndExpire(Words words) {
        Key key = words.key();
        return SetOptions.expiry(key, words)
                .map(expiry -> strings.getAndExpire(key, expiry))
                .orElseGet(() -> strings.get(key, List.of()));
    }

    private CompletableFuture<RespReply> set(Words words) {
        Key key = words.key();
        Value value = words.value();
        SetOptions options = SetOptions.read(words);
        if (!options.fences().isEmpty()) {
            throw new RefusedException("ERR syntax error: a SET that shows a token is FENCE.SET");
        }
        return strings.set(key, value, options);
    }

    private CompletableFuture<RespReply> fencedSet(Words words) {
        Key key = words.key();
        Value value = words.value();
        SetOptions options = SetOptions.read(words);
        if (options.fences().isEmpty()) {
            throw new RefusedException("ERR FENCE.SET wants TOKEN lock token");
        }
        return strings.set(key, value, options);
    }

    private static CompletableFuture<RespReply> done(RespReply reply) {
        return CompletableFuture.completedFuture(reply);
    }
}
