package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.SnapshotWalk;
import dev.fencekv.server.state.WaitEnded;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The state machine as the rest of the node sees it: behind a lock, with what is asked often
 * published beside it.
 *
 * <p>Assumptions: (1) {@link #apply}, {@link #replace}, {@link #beginWalk} and {@link #poison} are
 * called by one thread, the apply thread; (2) readers return copies and keep nothing of the state.
 *
 * <p>Guarantees: (1) a reader sees whole entries only; (2) who has seen an applied index, then
 * reads, reads a state at least as new; (3) once apply has failed, nothing is read, walked or
 * digested any more; (4) a walk ends, with an exception, when the state under it is replaced; (5) a
 * walk never holds more than its bound: apply waits for it, even in the middle of an entry.
 */
public final class AppliedState implements AutoCloseable {
    /** The digest is published at every index that this divides. */
    public static final int DIGEST_INTERVAL = 4096;

    /** A walk waits so long for the lock before it looks again whether apply waits for it. */
    private static final long LOCK_PATIENCE_MS = 10;

    /** A walk under load works so long, then rests so many times as long. */
    private static final long WORK_NANOS = 500_000;

    private static final int RESTS_PER_WORK = 3;
    private static final long REST_NANOS_MAX = 5_000_000;

    /** The same index has the same value on every node. */
    public record Digest(long index, long value) {
        public static final Digest NONE = new Digest(0, 0);
    }

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final AppliedIndex applied = new AppliedIndex();

    /** Guarded by the lock. */
    private KvStateMachine machine;

    /** The last entry in {@link #machine}. Guarded by the lock. */
    private long lastIndex;

    /** The walk in progress. Written under the lock. */
    private volatile @Nullable Walk walk;

    private volatile long revision;
    private volatile HybridTimestamp lastStamp;
    private volatile boolean waitsForTime;
    private volatile Digest digest = Digest.NONE;
    private volatile @Nullable PoisonedException poison;

    /** Takes {@code machine} over. */
    public AppliedState(KvStateMachine machine) {
        this.machine = machine;
        this.revision = machine.revision();
        this.lastStamp = machine.lastStamp();
        this.waitsForTime = machine.waitsForTime();
    }

    /** Applies a whole entry. Whatever goes wrong poisons the state. */
    public AppliedEntry apply(long index, LogEntry entry) {
        checkNotPoisoned();
        List<Command> commands = entry.commands();
        List<Outcome> outcomes = new ArrayList<>(commands.size());
        List<WaitEnded> ended;
        lock.writeLock().lock();
        try {
            for (int ordinal = 0; ordinal < commands.size(); ordinal++) {
                outcomes.add(
                        machine.apply(index, ordinal, entry.proposed(), commands.get(ordinal)));
            }
            ended = machine.drainNotices();
            lastIndex = index;
            publishBesides();
            if (index % DIGEST_INTERVAL == 0) {
                digest = new Digest(index, machine.digest());
            }
        } catch (Throwable e) {
            throw poison(index, outcomes.size(), e);
        } finally {
            lock.writeLock().unlock();
        }
        applied.publish(index);
        PutTrace.mark(Stage.APPLIED);
        return new AppliedEntry(outcomes, ended);
    }

    /** A snapshot was loaded: swaps the state, then publishes its index. Takes it over. */
    public void replace(KvStateMachine loaded, long index) {
        checkNotPoisoned();
        lock.writeLock().lock();
        try {
            endWalk();
            machine.close();
            machine = loaded;
            lastIndex = index;
            publishBesides();
        } finally {
            lock.writeLock().unlock();
        }
        applied.publish(index);
    }

    private void publishBesides() {
        revision = machine.revision();
        lastStamp = machine.lastStamp();
        waitsForTime = machine.waitsForTime();
    }

    /** Nothing of this state may be believed any more. Returns what to throw. */
    public PoisonedException poison(long index, int ordinal, Throwable cause) {
        PoisonedException poisoned = new PoisonedException(index, ordinal, cause);
        poison = poisoned;
        applied.stop(Refusal.unavailable("this node has stopped applying the log"));
        return poisoned;
    }

    /**
     * Reads under the lock: {@code reader} should be quick. Throws {@link PoisonedException} if the
     * state must not be read any more.
     */
    public <T> T read(Function<KvStateMachine, T> reader) {
        lock.readLock().lock();
        try {
            checkNotPoisoned();
            return reader.apply(machine);
        } finally {
            lock.readLock().unlock();
        }
    }

    private void checkNotPoisoned() {
        PoisonedException poisoned = poison;
        if (poisoned != null) {
            throw poisoned;
        }
    }

    public boolean isPoisoned() {
        return poison != null;
    }

    /** How far the log is applied, and a place to wait for more. */
    public AppliedIndex index() {
        return applied;
    }

    public long revision() {
        return revision;
    }

    public HybridTimestamp lastStamp() {
        return lastStamp;
    }

    /** Whether anything in the state waits for lease time. */
    public boolean waitsForTime() {
        return waitsForTime;
    }

    /** The latest digest that this node has told the others. */
    public Digest digest() {
        return digest;
    }

    /** What the state adds up to now. */
    public Digest digestNow() {
        return read(state -> new Digest(lastIndex, state.digest()));
    }

    /** Memory that the walk in progress holds because the state went on changing. */
    public long setAsideBytes() {
        Walk walking = walk;
        return walking == null ? 0 : walking.setAside.heldBytes();
    }

    /**
     * Begins to write the state as it is now. The walk may go on in another thread, and must go on
     * or be closed: apply waits for it.
     *
     * @param setAsideBytesMax what the walk may hold in memory because the state goes on changing
     */
    public Walk beginWalk(long setAsideBytesMax) {
        checkNotPoisoned();
        lock.writeLock().lock();
        try {
            endWalk();
            SetAsideQueue setAside = new SetAsideQueue(setAsideBytesMax);
            Walk begun = new Walk(machine.beginSnapshot(setAside), setAside);
            walk = begun;
            return begun;
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** The walk in progress, if any, fails at its next step. */
    public void abandonWalk() {
        letApplyGoOn();
        lock.writeLock().lock();
        try {
            endWalk();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Apply may hold the lock that the caller is about to take, and wait for the walk. */
    private void letApplyGoOn() {
        Walk walking = walk;
        if (walking != null) {
            walking.setAside.end();
        }
    }

    /** Under the write lock. */
    private void endWalk() {
        Walk walking = walk;
        if (walking != null) {
            walk = null;
            walking.state.close();
            walking.setAside.end();
        }
    }

    /** Frees the state's memory. Nothing may be read afterwards. */
    @Override
    public void close() {
        applied.stop(Refusal.unavailable("this node is stopping"));
        letApplyGoOn();
        lock.writeLock().lock();
        try {
            endWalk();
            if (poison == null) {
                poison =
                        new PoisonedException(
                                applied.get(), 0, new IllegalStateException("the node is closed"));
            }
            machine.close();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** A snapshot being written. Owned by the thread that writes it. */
    public final class Walk implements AutoCloseable {
        private final SnapshotWalk state;
        private final SetAsideQueue setAside;

        private long workingSinceNanos = System.nanoTime();
        private long indexAtRest = applied.get();

        private Walk(SnapshotWalk state, SetAsideQueue setAside) {
            this.state = state;
            this.setAside = setAside;
        }

        /** The digest of the state that is written. */
        public long digest() {
            return state.digest();
        }

        /**
         * Appends the next part, if there is one just now, to {@code out}; false when nothing is
         * left. Throws IllegalStateException if the walk was ended meanwhile.
         *
         * <p>HAZARD: in the middle of an entry apply holds the lock and waits here for room. So
         * what was set aside is taken first and without the lock, and the lock not waited for.
         */
        public boolean step(BytesOut out) {
            if (setAside.takeInto(out)) {
                return true;
            }
            if (!lockedSoon()) {
                return true;
            }
            try {
                checkNotPoisoned();
                if (walk != this) {
                    throw new IllegalStateException(
                            "the state was replaced, or the node is stopping");
                }
                boolean more = state.step(out);
                return more || !setAside.isEmpty();
            } finally {
                lock.readLock().unlock();
            }
        }

        /**
         * To be called between steps. While entries are applied, others need the processor: the
         * walk rests three quarters of the time, unless that lets it hold too much.
         */
        public void giveWay() {
            long worked = System.nanoTime() - workingSinceNanos;
            if (worked < WORK_NANOS) {
                return;
            }
            long index = applied.get();
            boolean underLoad = index != indexAtRest;
            indexAtRest = index;
            if (underLoad && setAside.heldBytes() <= setAside.bytesMax() / 8) {
                LockSupport.parkNanos(Math.min(RESTS_PER_WORK * worked, REST_NANOS_MAX));
            }
            workingSinceNanos = System.nanoTime();
        }

        private boolean lockedSoon() {
            try {
                return lock.readLock().tryLock(LOCK_PATIENCE_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("the snapshot's writer was interrupted", e);
            }
        }

        @Override
        public void close() {
            setAside.end();
            lock.writeLock().lock();
            try {
                if (walk == this) {
                    endWalk();
                }
            } finally {
                lock.writeLock().unlock();
            }
        }
    }
}
