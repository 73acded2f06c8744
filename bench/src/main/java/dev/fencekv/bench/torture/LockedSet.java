package dev.fencekv.bench.torture;

import dev.fencekv.bench.json.Json;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LockBusyException;
import dev.fencekv.client.OutcomeUnknownException;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Value;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;

/**
 * One client that adds to a set under a lock: takes the lock, reads the set, thinks, writes the set
 * with its own element in it, gives the lock back. Between the reading and the writing it may be
 * stopped past its lease; with tokens the store then refuses the write, without them the elements
 * that others added meanwhile are lost.
 *
 * <p>Owned by one thread.
 */
final class LockedSet implements Runnable {
    static final Key SET = Key.of("set/elements");
    static final Key GUARDED_PREFIX = Key.of("set/");
    static final LockName LOCK = new LockName("set");
    static final Duration SESSION_TTL = Duration.ofSeconds(2);

    private static final Duration LOCK_WAIT = Duration.ofSeconds(5);
    private static final int THINK_MS_MIN = 50;
    private static final int THINK_MS_MAX = 250;
    private static final int PAUSE_MS_MAX = 50;

    private final KvClient client;
    private final HistoryWriter history;
    private final long process;
    private final boolean tokens;
    private final Random random;
    private final Registers.Running running;
    private final FencedLock lock;
    private long added;

    LockedSet(
            KvClient client,
            HistoryWriter history,
            long process,
            boolean tokens,
            long seed,
            Registers.Running running) {
        this.client = client;
        this.history = history;
        this.process = process;
        this.tokens = tokens;
        this.random = new Random(seed);
        this.running = running;
        this.lock = client.lock(LOCK.value());
    }

    @Override
    public void run() {
        while (running.goesOn()) {
            Optional<FencingToken> token = acquire();
            if (token.isPresent()) {
                add(token.get());
                release(token.get());
            }
            Torture.sleep(random.nextInt(PAUSE_MS_MAX));
        }
    }

    private Optional<FencingToken> acquire() {
        history.invoke(process, "acquire", LOCK.value(), Json.NULL);
        try {
            FencingToken token = lock.lock(LOCK_WAIT);
            history.ok(process, "acquire", LOCK.value(), token.value());
            return Optional.of(token);
        } catch (LockBusyException e) {
            history.fail(process, "acquire", LOCK.value(), Json.NULL);
        } catch (FenceKvException e) {
            history.info(process, "acquire", LOCK.value(), Json.NULL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    private void add(FencingToken token) {
        String before;
        try {
            before =
                    client.get(SET, ReadOptions.LINEARIZABLE).value().map(Value::toUtf8).orElse("");
        } catch (FenceKvException e) {
            return;
        }
        Torture.sleep(THINK_MS_MIN + random.nextInt(THINK_MS_MAX - THINK_MS_MIN));
        String element = process + "." + ++added;
        Value after = Value.of(before.isEmpty() ? element : before + " " + element);
        // A write of a session that ended is refused without a look at its token, so none is shown
        // half of the time.
        WriteOptions plain =
                tokens && random.nextBoolean()
                        ? WriteOptions.NONE
                        : WriteOptions.NONE.withoutSession();
        WriteOptions options = tokens ? plain.fence(new Fence(LOCK, token)) : plain;
        history.invoke(process, "write", LOCK.value(), token.value());
        history.invoke(-process, "add", SET.toString(), element);
        try {
            WriteResult result = client.put(SET, after, options);
            history.written(-process, "add", SET.toString(), element, result);
            history.ok(process, "write", LOCK.value(), token.value());
        } catch (FencedException e) {
            history.fail(-process, "add", SET.toString(), element);
            history.fail(process, "write", LOCK.value(), token.value());
        } catch (OutcomeUnknownException e) {
            history.info(-process, "add", SET.toString(), element);
            history.info(process, "write", LOCK.value(), token.value());
        } catch (FenceKvException e) {
            history.fail(-process, "add", SET.toString(), element);
            // Refused, but not for its token: that says nothing of the lock.
            history.info(process, "write", LOCK.value(), token.value());
        }
    }

    private void release(FencingToken token) {
        history.invoke(process, "release", LOCK.value(), token.value());
        try {
            if (lock.unlock()) {
                history.ok(process, "release", LOCK.value(), token.value());
            } else {
                history.fail(process, "release", LOCK.value(), token.value());
            }
        } catch (FenceKvException e) {
            history.info(process, "release", LOCK.value(), token.value());
        }
    }
}
