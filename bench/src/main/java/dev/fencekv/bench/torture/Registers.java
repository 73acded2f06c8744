package dev.fencekv.bench.torture;

import dev.fencekv.bench.json.Json;
import dev.fencekv.client.ConditionFailedException;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.OutcomeUnknownException;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.ReadResult;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/**
 * One client of registers: reads, writes, compares and sets, deletes, as chance will have it. No
 * value is written twice, so that a revision stands for a value. Keys change with time, so that no
 * history of one key gets too long to be judged.
 *
 * <p>Owned by one thread.
 */
final class Registers implements Runnable {
    static final String PREFIX = "register/";
    static final String COUNTED_PREFIX = "counted/";

    private static final long ERA_NANOS = 10_000_000_000L;
    private static final int PAUSE_MS_MAX = 20;

    private final KvClient client;
    private final HistoryWriter history;
    private final long process;
    private final int keys;
    private final long startNanos;
    private final Random random;
    private final Running running;
    private long written;

    Registers(
            KvClient client,
            HistoryWriter history,
            long process,
            int keys,
            long startNanos,
            long seed,
            Running running) {
        this.client = client;
        this.history = history;
        this.process = process;
        this.keys = keys;
        this.startNanos = startNanos;
        this.random = new Random(seed);
        this.running = running;
    }

    /** Whether there is more to do. */
    interface Running {
        boolean goesOn();
    }

    @Override
    public void run() {
        while (running.goesOn()) {
            String key = PREFIX + era() + "-" + random.nextInt(keys);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> write(key);
                case 3, 4 -> compareAndSet(key);
                case 5 -> delete(key);
                case 6 -> count();
                default -> read(key);
            }
            Torture.sleep(random.nextInt(PAUSE_MS_MAX));
        }
    }

    private long era() {
        return (System.nanoTime() - startNanos) / ERA_NANOS;
    }

    private long next() {
        return process * 1_000_000 + ++written;
    }

    private void read(String key) {
        history.invoke(process, "read", key, Json.NULL);
        try {
            history.ok(
                    process, "read", key, value(client.get(Key.of(key), ReadOptions.LINEARIZABLE)));
        } catch (FenceKvException e) {
            history.fail(process, "read", key, Json.NULL);
        }
    }

    private static Object value(ReadResult read) {
        return read.value().<Object>map(value -> Long.parseLong(value.toUtf8())).orElse(Json.NULL);
    }

    private void write(String key) {
        long value = next();
        history.invoke(process, "write", key, value);
        change("write", key, value, () -> put(key, Long.toString(value), WriteOptions.NONE));
    }

    /** One that asks for what was there is a transaction; to the history both are the same. */
    private Optional<WriteResult> put(String key, String value, WriteOptions options) {
        WriteOptions either = random.nextBoolean() ? options : options.returningPrevious();
        return Optional.of(client.put(Key.of(key), Value.of(value), either));
    }

    private void delete(String key) {
        history.invoke(process, "delete", key, Json.NULL);
        change(
                "delete",
                key,
                Json.NULL,
                () -> {
                    client.delete(Key.of(key), WriteOptions.NONE);
                    // Of a key that was not there, its place in history would not be its own.
                    return Optional.empty();
                });
    }

    /** From what was read a moment before, or from nothing. */
    private void compareAndSet(String key) {
        ReadResult seen;
        history.invoke(process, "read", key, Json.NULL);
        try {
            seen = client.get(Key.of(key), ReadOptions.LINEARIZABLE);
        } catch (FenceKvException e) {
            history.fail(process, "read", key, Json.NULL);
            return;
        }
        Object expected = value(seen);
        history.ok(process, "read", key, expected);
        long value = next();
        List<Object> pair = List.of(expected, value);
        WriteOptions condition =
                seen.record()
                        .map(record -> WriteOptions.NONE.ifRevision(record.modifyRevision()))
                        .orElse(WriteOptions.NONE.ifAbsent());
        history.invoke(process, "cas", key, pair);
        change("cas", key, pair, () -> put(key, Long.toString(value), condition));
    }

    /** A key of this client alone: how often it was written is its version. */
    private void count() {
        String key = COUNTED_PREFIX + process;
        history.invoke(process, "count", key, Json.NULL);
        change("count", key, Json.NULL, () -> put(key, "x", WriteOptions.NONE));
    }

    private void change(
            String name, String key, Object value, Supplier<Optional<WriteResult>> call) {
        try {
            Optional<WriteResult> result = call.get();
            if (result.isPresent()) {
                history.written(process, name, key, value, result.get());
            } else {
                history.ok(process, name, key, value);
            }
        } catch (ConditionFailedException e) {
            history.fail(process, name, key, value);
        } catch (OutcomeUnknownException e) {
            history.info(process, name, key, value);
        } catch (FenceKvException e) {
            if (name.equals("cas")) {
                // Refused, but not because of the value: that says nothing of it.
                history.info(process, name, key, value);
            } else {
                history.fail(process, name, key, value);
            }
        }
    }
}
