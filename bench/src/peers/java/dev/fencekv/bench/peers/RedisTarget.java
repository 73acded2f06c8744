package dev.fencekv.bench.peers;

import dev.fencekv.bench.load.Operation;
import dev.fencekv.bench.load.Target;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Redis through Lettuce, each write followed by WAIT 1. Not consensus: a failover can lose what was
 * acknowledged, and only the primary's copy is known to be on disk.
 */
public final class RedisTarget implements Target {
    private static final byte[] GUARD = ascii("bench-guard");
    private static final byte[] TOKEN = ascii("token-1");
    private static final byte[] FENCED_SET =
            ascii(
                    "if redis.call('GET',KEYS[1])==ARGV[1]"
                            + " then redis.call('SET',KEYS[2],ARGV[2]) return 1 else return 0 end");
    private static final byte[] UNLOCK =
            ascii(
                    "if redis.call('GET',KEYS[1])==ARGV[1]"
                            + " then return redis.call('DEL',KEYS[1]) else return 0 end");
    private static final long LOCK_MS = 30_000;
    private static final long GUARD_MS = 3_600_000;

    private @Nullable RedisClient client;
    private List<Connection> connections = List.of();
    private String fencedSet = "";
    private String unlock = "";
    private final AtomicLong locks = new AtomicLong();

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** What a write sends before its WAIT. */
    private interface Write
            extends Function<RedisAsyncCommands<byte[], byte[]>, CompletionStage<?>> {}

    /**
     * WAIT blocks its connection, so the writes that come meanwhile are gathered and share the next
     * one, as a careful user would do it. Safe from any thread.
     */
    private static final class Connection {
        private final StatefulRedisConnection<byte[], byte[]> redis;
        private List<Write> writes = new ArrayList<>();
        private List<Completion> completions = new ArrayList<>();
        private boolean waiting;

        Connection(StatefulRedisConnection<byte[], byte[]> redis) {
            this.redis = redis;
            redis.setAutoFlushCommands(false);
        }

        synchronized void write(Write write, Completion completion) {
            writes.add(write);
            completions.add(completion);
            if (!waiting) {
                send();
            }
        }

        synchronized CompletionStage<byte[]> get(byte[] key) {
            RedisFuture<byte[]> value = redis.async().get(key);
            redis.flushCommands();
            return value;
        }

        private void send() {
            waiting = true;
            List<Completion> told = completions;
            List<CompletableFuture<?>> results = new ArrayList<>(writes.size());
            for (Write write : writes) {
                results.add(write.apply(redis.async()).toCompletableFuture());
            }
            writes = new ArrayList<>();
            completions = new ArrayList<>();
            RedisFuture<Long> replicas = redis.async().waitForReplication(1, 5_000);
            redis.flushCommands();
            replicas.whenComplete(
                    (count, failure) -> {
                        tell(
                                told,
                                results,
                                failure == null && count < 1
                                        ? new IllegalStateException("NOT_REPLICATED")
                                        : failure);
                        sent();
                    });
        }

        private static void tell(
                List<Completion> told,
                List<CompletableFuture<?>> results,
                @Nullable Throwable failure) {
            for (int i = 0; i < told.size(); i++) {
                Completion completion = told.get(i);
                results.get(i)
                        .whenComplete(
                                (answer, own) ->
                                        completion.completed(failure == null ? own : failure));
            }
        }

        private synchronized void sent() {
            waiting = false;
            if (!writes.isEmpty()) {
                send();
            }
        }
    }

    @Override
    public void connect(List<String> endpoints, int count) {
        String[] primary = endpoints.get(0).split(":");
        RedisClient made =
                RedisClient.create(RedisURI.create(primary[0], Integer.parseInt(primary[1])));
        client = made;
        connections = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            connections.add(new Connection(made.connect(ByteArrayCodec.INSTANCE)));
        }
        try (var loading = made.connect(ByteArrayCodec.INSTANCE)) {
            fencedSet = loading.sync().scriptLoad(FENCED_SET);
            unlock = loading.sync().scriptLoad(UNLOCK);
        }
    }

    @Override
    public boolean supports(Operation operation) {
        // Its reads are of the primary, which may have been deposed: never linearizable. Measured
        // as what its users take for it.
        return operation != Operation.PUT_REJECTED && operation != Operation.GET_STALE;
    }

    @Override
    public void prepare(Operation operation) {
        RedisClient open = client;
        if (operation == Operation.PUT_FENCED && open != null) {
            try (var one = open.connect(ByteArrayCodec.INSTANCE)) {
                one.sync().set(GUARD, TOKEN, SetArgs.Builder.px(GUARD_MS));
                one.sync().waitForReplication(1, 5_000);
            }
        }
    }

    @Override
    public void load(int connection, byte[] key, byte[] value, Completion completion) {
        connections.get(connection).write(redis -> redis.set(key, value), completion);
    }

    @Override
    public void start(
            Operation operation, int connection, byte[] key, byte[] value, Completion completion) {
        Connection redis = connections.get(connection);
        switch (operation) {
            case PUT -> load(connection, key, value, completion);
            case PUT_FENCED -> redis.write(fencedSet(key, value), completion);
            case GET_LINEARIZABLE ->
                    redis.get(key)
                            .whenComplete(
                                    (found, failure) ->
                                            completion.completed(
                                                    failure == null && found == null
                                                            ? new IllegalStateException("NOT_FOUND")
                                                            : failure));
            case LOCK_CYCLE -> lockCycle(redis, completion);
            case GET_STALE, PUT_REJECTED -> throw new UnsupportedOperationException();
        }
    }

    private Write fencedSet(byte[] key, byte[] value) {
        byte[][] keys = {GUARD, key};
        return redis ->
                expect(1L, redis.evalsha(fencedSet, ScriptOutputType.INTEGER, keys, TOKEN, value));
    }

    private void lockCycle(Connection redis, Completion completion) {
        byte[] lock = ascii("bench-lock-" + locks.getAndIncrement());
        redis.write(
                commands ->
                        expect("OK", commands.set(lock, TOKEN, SetArgs.Builder.nx().px(LOCK_MS))),
                failure -> {
                    if (failure == null) {
                        redis.write(unlocking(lock), completion);
                    } else {
                        completion.completed(failure);
                    }
                });
    }

    private Write unlocking(byte[] lock) {
        byte[][] keys = {lock};
        return redis -> expect(1L, redis.evalsha(unlock, ScriptOutputType.INTEGER, keys, TOKEN));
    }

    private static CompletionStage<?> expect(Object wanted, CompletionStage<?> answer) {
        return answer.thenAccept(
                met -> {
                    if (!wanted.equals(met)) {
                        throw new IllegalStateException("REFUSED");
                    }
                });
    }

    @Override
    public String statusOf(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return cause instanceof IllegalStateException
                ? String.valueOf(cause.getMessage())
                : cause.getClass().getSimpleName();
    }

    @Override
    public void close() {
        RedisClient open = client;
        if (open != null) {
            open.shutdown();
        }
    }
}
