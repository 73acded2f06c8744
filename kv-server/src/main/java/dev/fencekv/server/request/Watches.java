package dev.fencekv.server.request;

import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.server.replication.AppliedState;
import dev.fencekv.server.replication.ReadCompletion;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.server.replication.Replicator;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watches of this node's clients, served from what this node applies, whoever leads.
 *
 * <p>One thread tells them all, portion by portion in turn, so that one that is far behind holds up
 * neither the others nor apply. It begins with the first watch, ends with the last one, and sleeps
 * while all is told; the applied index wakes it, and twice a second it looks whether the node still
 * hears of a leader. Without watches nothing is done.
 *
 * <p>All other methods are safe from any thread and do not block.
 */
final class Watches {
    private static final Logger log = LoggerFactory.getLogger(Watches.class);

    /** How soon a connection that takes no more is asked again. */
    private static final long HELD_UP_PAUSE_NANOS = 5_000_000;

    /**
     * A node that hears of no leader for so long, several elections, does not hear what happens
     * either: its clients had better watch at another one.
     */
    static final long CUT_OFF_MS = 3_000;

    /** How often that is looked at. */
    private static final long LOOK_NANOS = 500_000_000;

    private record Id(ClientConnection connection, long correlation) {}

    private final Replicator replicator;
    private final Map<Id, Watch<?>> watches = new ConcurrentHashMap<>();
    private final Map<ClientConnection, AtomicInteger> counts = new ConcurrentHashMap<>();

    /** How many there are, those that are yet to begin included. */
    private final AtomicInteger places = new AtomicInteger();

    /** Guarded by this; null until the first watch. */
    private @Nullable Thread thread;

    /** Why nothing is told any more. */
    private volatile @Nullable Refusal stopped;

    /** Whose application wakes the thread. Owned by it. */
    private volatile long awaitedIndex;

    /** Whether the thread looks again before it sleeps. */
    private volatile boolean news;

    Watches(Replicator replicator) {
        this.replicator = replicator;
    }

    /** It is one of this node's from here on, also while it is yet to begin. */
    void watch(Caller caller, long correlation, Request.Watching request) {
        Refusal over = stopped;
        if (over != null) {
            caller.refused(over);
            return;
        }
        ClientConnection connection = caller.connection();
        if (!takePlace(connection)) {
            caller.refuse(
                    Status.OVERLOADED,
                    "at most "
                            + Limits.WATCHES_PER_CONNECTION_MAX
                            + " watches on a connection and "
                            + Limits.WATCHES_PER_NODE_MAX
                            + " on a node: cancel some");
            return;
        }
        Watch<?> watch = made(caller, correlation, request);
        if (watches.putIfAbsent(new Id(connection, correlation), watch) != null) {
            leavePlace(connection);
            caller.refuse(Status.INVALID_ARGUMENT, "a watch has this correlation id already");
            return;
        }
        start();
        if (request.fromRevision() == 0) {
            confirm(watch);
        }
        wake();
    }

    private Watch<?> made(Caller caller, long correlation, Request.Watching request) {
        AppliedState state = replicator.applied();
        return switch (request.opcode()) {
            case WATCH -> Watch.of(state, caller, correlation, (Request.Watch) request);
            case WATCH_LOCKS -> Watch.of(state, caller, correlation, (Request.WatchLocks) request);
            case WATCH_REJECTIONS ->
                    Watch.of(state, caller, correlation, (Request.WatchRejections) request);
            default -> throw new AssertionError(request.opcode());
        };
    }

    /** "From now" has all that was acknowledged before behind it, on every node. */
    private void confirm(Watch<?> watch) {
        replicator.readIndex(
                new ReadCompletion() {
                    @Override
                    public void ready(long index) {
                        watch.confirm();
                        wake();
                    }

                    @Override
                    public void failed(Refusal refusal) {
                        watch.refuse(refusal);
                        wake();
                    }
                });
    }

    private boolean takePlace(ClientConnection connection) {
        if (places.incrementAndGet() > Limits.WATCHES_PER_NODE_MAX) {
            places.decrementAndGet();
            return false;
        }
        AtomicInteger ofThis = counts.computeIfAbsent(connection, unused -> new AtomicInteger());
        if (ofThis.incrementAndGet() > Limits.WATCHES_PER_CONNECTION_MAX) {
            leavePlace(connection);
            return false;
        }
        return true;
    }

    private void leavePlace(ClientConnection connection) {
        places.decrementAndGet();
        AtomicInteger ofThis = counts.get(connection);
        if (ofThis != null) {
            ofThis.decrementAndGet();
        }
    }

    /** False if there is none. */
    boolean cancel(ClientConnection connection, long correlation) {
        Watch<?> watch = watches.get(new Id(connection, correlation));
        if (watch == null) {
            return false;
        }
        watch.cancel();
        wake();
        return true;
    }

    /** Its watches end by themselves. */
    void closed(ClientConnection connection) {
        counts.remove(connection);
        if (!watches.isEmpty()) {
            wake();
        }
    }

    /** The state was replaced by a snapshot: each watch finds out whether it can go on. */
    void stateReplaced() {
        wake();
    }

    private synchronized void start() {
        if (thread == null) {
            Thread started = new Thread(this::run, "fencekv-watches");
            started.setDaemon(true);
            started.start();
            thread = started;
        }
    }

    private void wake() {
        news = true;
        Thread sleeping;
        synchronized (this) {
            sleeping = thread;
        }
        LockSupport.unpark(sleeping);
    }

    private void run() {
        try {
            while (!isOver()) {
                news = false;
                long index = replicator.applied().index().get();
                long pauseNanos = round();
                Refusal over = stopped;
                if (over != null) {
                    endAll(over);
                } else if (pauseNanos > 0 && !news) {
                    sleep(index, pauseNanos);
                }
            }
        } finally {
            left();
        }
    }

    /** Whatever ended this thread: the next watch starts another, which serves all there are. */
    private synchronized void left() {
        if (thread == Thread.currentThread()) {
            thread = null;
        }
    }

    /** Whether this thread ends: the next watch starts another. */
    private synchronized boolean isOver() {
        if (watches.isEmpty()) {
            thread = null;
        }
        return watches.isEmpty();
    }

    /** One step of each watch. Returns how long nothing needs to be done unless woken. */
    private long round() {
        long pauseNanos = LOOK_NANOS;
        long now = System.nanoTime();
        boolean cutOff = replicator.ageMs() > CUT_OFF_MS;
        for (Map.Entry<Id, Watch<?>> each : watches.entrySet()) {
            Watch<?> watch = each.getValue();
            long patience =
                    switch (cutOff ? endCutOff(watch) : step(watch, now)) {
                        case BUSY -> 0;
                        case IDLE -> watch.patienceNanos(now);
                        case HELD_UP -> HELD_UP_PAUSE_NANOS;
                        case OVER -> {
                            forget(each.getKey());
                            yield Long.MAX_VALUE;
                        }
                    };
            pauseNanos = Math.min(pauseNanos, patience);
        }
        return pauseNanos;
    }

    private static Watch.Step step(Watch<?> watch, long now) {
        try {
            return watch.step(now);
        } catch (RuntimeException | Error e) {
            // This thread serves all the others, too.
            log.error("a watch failed", e);
            return end(watch, Status.UNAVAILABLE, "internal error");
        }
    }

    private static Watch.Step end(Watch<?> watch, Status status, String why) {
        try {
            return watch.end(status, new Reply.Message(why));
        } catch (RuntimeException | Error e) {
            log.error("a client could not be told that its watch is over", e);
            return Watch.Step.OVER;
        }
    }

    private static Watch.Step endCutOff(Watch<?> watch) {
        return end(
                watch,
                Status.UNAVAILABLE,
                "this node has heard no leader for more than "
                        + CUT_OFF_MS
                        + " ms: go on at another one");
    }

    private void forget(Id id) {
        if (watches.remove(id) != null) {
            leavePlace(id.connection());
        }
    }

    /** Until more than {@code index} is applied, something else is new, or the time is over. */
    private void sleep(long index, long nanos) {
        if (awaitedIndex <= index) {
            awaitedIndex = index + 1;
            replicator
                    .applied()
                    .index()
                    .whenApplied(
                            awaitedIndex,
                            new ReadCompletion() {
                                @Override
                                public void ready(long applied) {
                                    wake();
                                }

                                @Override
                                public void failed(Refusal refusal) {
                                    stopped = refusal;
                                    wake();
                                }
                            });
        }
        if (!news) {
            LockSupport.parkNanos(this, nanos);
        }
    }

    private void endAll(Refusal why) {
        for (Map.Entry<Id, Watch<?>> each : watches.entrySet()) {
            end(each.getValue(), why.status(), why.message());
            forget(each.getKey());
        }
    }
}
