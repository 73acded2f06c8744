package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.entity.NodeId;
import com.alipay.sofa.jraft.util.SPI;
import com.alipay.sofa.jraft.util.timer.DefaultRaftTimerFactory;
import com.alipay.sofa.jraft.util.timer.Timeout;
import com.alipay.sofa.jraft.util.timer.Timer;
import com.alipay.sofa.jraft.util.timer.TimerTask;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The engine's timers of elections, made to go off when there is something to decide. What the
 * engine then decides is left to it.
 *
 * <p>An election timer counts from the leader's last word and goes off when the silence has lasted
 * the timeout, not before. The engine's own goes off every timeout, and one that does so shortly
 * before the silence has lasted long enough lets it grow to twice the timeout.
 *
 * <p>A vote timer goes off after the time that a vote takes, and up to as much more. Two followers
 * that notice the silence together split the vote; the engine's own would wait another timeout.
 *
 * <p>A leader looks for its majority by the timeout in force, not by the one that the engine was
 * started with.
 *
 * <p>The engine finds this class by its service file; there is one for all nodes of a JVM. Safe
 * from any thread.
 */
@SPI(priority = 1)
public final class ElectionTimers extends DefaultRaftTimerFactory {
    /**
     * An election that failed (the other follower heard the leader a little later, or has the
     * longer log) is tried again after this part of the timeout, until the silence has lasted twice
     * as long.
     */
    private static final int RETRIES_PER_TIMEOUT = 5;

    /**
     * What the timers of a node go by. Asked while the engine holds locks: must take none of the
     * engine's.
     */
    interface Pace {
        /**
         * Milliseconds since a leader was last heard; large if none ever was, less than it was if
         * the node should let others stand first.
         */
        long silenceMs();

        /** How long it takes to be voted for, in milliseconds. */
        long voteMs();

        /** How often a leader looks whether a majority still answers, in milliseconds. */
        long quorumMs();
    }

    /** By the node's name, which is all that the engine tells the factory. */
    private static final Map<String, Pace> PACES = new ConcurrentHashMap<>();

    private static final String ELECTION = "JRaft-ElectionTimer-";
    private static final String VOTE = "JRaft-VoteTimer-";
    private static final String STEP_DOWN = "JRaft-StepDownTimer-";

    /** To be called before the node starts. */
    static void keep(NodeId node, Pace pace) {
        PACES.put(node.toString(), pace);
    }

    /** To be called once the node has stopped. */
    static void forget(NodeId node) {
        PACES.remove(node.toString());
    }

    @Override
    public Timer getElectionTimer(boolean shared, String name) {
        Timer timer = super.getElectionTimer(shared, name);
        Pace pace = PACES.get(name.substring(ELECTION.length()));
        return pace == null ? timer : new FromLastWord(timer, pace::silenceMs);
    }

    @Override
    public Timer getVoteTimer(boolean shared, String name) {
        Timer timer = super.getVoteTimer(shared, name);
        Pace pace = PACES.get(name.substring(VOTE.length()));
        return pace == null
                ? timer
                : new Paced(
                        timer,
                        () -> {
                            long leastMs = Math.max(1, pace.voteMs());
                            return leastMs + ThreadLocalRandom.current().nextLong(leastMs);
                        });
    }

    @Override
    public Timer getStepDownTimer(boolean shared, String name) {
        Timer timer = super.getStepDownTimer(shared, name);
        Pace pace = PACES.get(name.substring(STEP_DOWN.length()));
        return pace == null ? timer : new Paced(timer, pace::quorumMs);
    }

    /**
     * How long to wait at first.
     *
     * @param timeoutMs the silence that shall lead to an election, with this time's random part
     */
    static long delayMs(long timeoutMs, long silenceMs) {
        if (silenceMs < timeoutMs) {
            return remainingMs(timeoutMs, silenceMs);
        }
        return silenceMs < 2 * timeoutMs ? Math.max(1, timeoutMs / RETRIES_PER_TIMEOUT) : timeoutMs;
    }

    /**
     * Until the silence has lasted long enough; 0 if it has. At most a timeout: then look again.
     */
    static long remainingMs(long timeoutMs, long silenceMs) {
        return Math.min(timeoutMs, Math.max(0, timeoutMs - silenceMs));
    }

    private static final class FromLastWord implements Timer {
        private final Timer timer;
        private final LongSupplier silenceMs;

        FromLastWord(Timer timer, LongSupplier silenceMs) {
            this.timer = timer;
            this.silenceMs = silenceMs;
        }

        @Override
        public Timeout newTimeout(TimerTask task, long delay, TimeUnit unit) {
            Due due = new Due(this, task, unit.toMillis(delay));
            due.begin();
            return due;
        }

        @Override
        public Set<Timeout> stop() {
            return timer.stop();
        }
    }

    /**
     * Waits on until the silence has lasted long enough: whoever heard the leader meanwhile begins
     * anew, without the engine noticing.
     */
    private static final class Due implements Timeout {
        private final FromLastWord of;
        private final TimerTask task;
        private final long timeoutMs;

        // Guarded by this. The engine's locks may be held when this one is taken, never the other
        // way round.
        private @Nullable Timeout waiting;
        private boolean expired;
        private boolean cancelled;

        Due(FromLastWord of, TimerTask task, long timeoutMs) {
            this.of = of;
            this.task = task;
            this.timeoutMs = timeoutMs;
        }

        synchronized void begin() {
            await(delayMs(timeoutMs, of.silenceMs.getAsLong()));
        }

        private synchronized void await(long ms) {
            waiting = of.timer.newTimeout(woken -> look(), ms, TimeUnit.MILLISECONDS);
        }

        private void look() throws Exception {
            synchronized (this) {
                if (cancelled) {
                    return;
                }
                long remaining = remainingMs(timeoutMs, of.silenceMs.getAsLong());
                if (remaining > 0) {
                    await(remaining);
                    return;
                }
                expired = true;
            }
            task.run(this);
        }

        @Override
        public Timer timer() {
            return of;
        }

        @Override
        public TimerTask task() {
            return task;
        }

        @Override
        public synchronized boolean isExpired() {
            return expired;
        }

        @Override
        public synchronized boolean isCancelled() {
            return cancelled;
        }

        @Override
        public synchronized boolean cancel() {
            if (expired || cancelled) {
                return false;
            }
            cancelled = true;
            Timeout now = waiting;
            if (now != null) {
                now.cancel();
            }
            return true;
        }
    }

    /** Goes off when we say, not when the engine does. */
    private static final class Paced implements Timer {
        private final Timer timer;
        private final LongSupplier delayMs;

        Paced(Timer timer, LongSupplier delayMs) {
            this.timer = timer;
            this.delayMs = delayMs;
        }

        @Override
        public Timeout newTimeout(TimerTask task, long delay, TimeUnit unit) {
            return timer.newTimeout(task, delayMs.getAsLong(), TimeUnit.MILLISECONDS);
        }

        @Override
        public Set<Timeout> stop() {
            return timer.stop();
        }
    }
}
