package dev.fencekv.bench;

import dev.fencekv.bench.load.Operation;
import dev.fencekv.bench.load.Target;
import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * FenceKV through its own client; a connection is a client of its own, with its own session. Its
 * client follows the leader by itself.
 */
public final class FenceKvTarget implements Target {
    private static final LockName GUARDING_LOCK = new LockName("bench-guard");
    private static final LockName REJECTING_LOCK = new LockName("bench-reject");
    private static final Duration LOCK_WAIT = Duration.ofSeconds(30);

    private List<KvClient> clients = List.of();
    private @Nullable FencedLock guarding;
    private WriteOptions live = WriteOptions.NONE;
    private WriteOptions stale = WriteOptions.NONE;

    /** Locks that nobody uses at the moment, by connection. */
    private List<Queue<FencedLock>> freeLocks = List.of();

    private final AtomicInteger locksMade = new AtomicInteger();

    @Override
    public void connect(List<String> endpoints, int connections) {
        List<KvClient> opened = new ArrayList<>();
        List<Queue<FencedLock>> locks = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            opened.add(FenceKv.builder().endpoints(endpoints).label("bench-" + i).build());
            locks.add(new ConcurrentLinkedQueue<>());
        }
        clients = opened;
        freeLocks = locks;
    }

    @Override
    public boolean supports(Operation operation) {
        return true;
    }

    @Override
    public void prepare(Operation operation) throws InterruptedException {
        KvClient client = clients.get(0);
        if (operation == Operation.PUT_FENCED && guarding == null) {
            FencedLock lock = client.lock(GUARDING_LOCK.value());
            live = showing(GUARDING_LOCK, lock.lock(LOCK_WAIT));
            guarding = lock;
            guard(client, operation, GUARDING_LOCK);
        }
        if (operation == Operation.PUT_REJECTED && stale.fences().isEmpty()) {
            FencedLock lock = client.lock(REJECTING_LOCK.value());
            FencingToken ended = lock.lock(LOCK_WAIT);
            lock.unlock();
            lock.lock(LOCK_WAIT);
            stale = showing(REJECTING_LOCK, ended);
            guard(client, operation, REJECTING_LOCK);
        }
    }

    private static WriteOptions showing(LockName lock, FencingToken token) {
        return WriteOptions.NONE.fence(new Fence(lock, token));
    }

    private static void guard(KvClient client, Operation operation, LockName lock) {
        client.setGuard(
                new Guard(Key.of(operation.keyPrefix()), lock, GuardRule.STRICT, GuardMode.ENFORCE),
                false);
    }

    @Override
    public void load(int connection, byte[] key, byte[] value, Completion completion) {
        WriteOptions options =
                Key.copyOf(key).startsWith(Key.of(Operation.PUT_FENCED.keyPrefix()))
                        ? live
                        : WriteOptions.NONE;
        finish(put(connection, key, value, options), completion);
    }

    @Override
    public void start(
            Operation operation, int connection, byte[] key, byte[] value, Completion completion) {
        switch (operation) {
            case PUT -> finish(put(connection, key, value, WriteOptions.NONE), completion);
            case PUT_FENCED -> finish(put(connection, key, value, live), completion);
            case PUT_REJECTED -> refused(put(connection, key, value, stale), completion);
            case GET_LINEARIZABLE ->
                    finish(get(connection, key, ReadOptions.LINEARIZABLE), completion);
            case GET_STALE -> finish(get(connection, key, ReadOptions.STALE), completion);
            case LOCK_CYCLE -> lockCycle(connection, completion);
        }
    }

    private CompletableFuture<?> put(
            int connection, byte[] key, byte[] value, WriteOptions options) {
        return clients.get(connection).putAsync(Key.copyOf(key), Value.copyOf(value), options);
    }

    private CompletableFuture<?> get(int connection, byte[] key, ReadOptions options) {
        return clients.get(connection)
                .getAsync(Key.copyOf(key), options)
                .thenAccept(
                        result -> {
                            if (result.record().isEmpty()) {
                                throw new IllegalStateException("NOT_FOUND");
                            }
                        });
    }

    private void lockCycle(int connection, Completion completion) {
        Queue<FencedLock> free = freeLocks.get(connection);
        FencedLock reused = free.poll();
        FencedLock lock =
                reused == null
                        ? clients.get(connection).lock("bench-" + locksMade.getAndIncrement())
                        : reused;
        finish(
                lock.tryLockAsync()
                        .thenCompose(
                                held -> {
                                    if (!held) {
                                        throw new IllegalStateException("LOCK_BUSY");
                                    }
                                    return lock.unlockAsync();
                                })
                        .whenComplete((released, failure) -> free.add(lock)),
                completion);
    }

    private static void finish(CompletableFuture<?> result, Completion completion) {
        result.whenComplete((answer, failure) -> completion.completed(failure));
    }

    private static void refused(CompletableFuture<?> result, Completion completion) {
        result.whenComplete(
                (answer, failure) -> {
                    if (failure == null) {
                        completion.completed(new IllegalStateException("NOT_REFUSED"));
                    } else {
                        Throwable cause = cause(failure);
                        completion.completed(cause instanceof FencedException ? null : cause);
                    }
                });
    }

    @Override
    public boolean neverHappened(Throwable failure) {
        return cause(failure) instanceof FenceKvException refusal
                && refusal.status() != Status.OUTCOME_UNKNOWN;
    }

    @Override
    public String statusOf(Throwable failure) {
        Throwable cause = cause(failure);
        if (cause instanceof FenceKvException refusal) {
            Status status = refusal.status();
            return status.name();
        }
        return cause instanceof IllegalStateException known && known.getMessage() != null
                ? known.getMessage()
                : cause.getClass().getSimpleName();
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    @Override
    public void close() {
        clients.forEach(KvClient::close);
    }
}
