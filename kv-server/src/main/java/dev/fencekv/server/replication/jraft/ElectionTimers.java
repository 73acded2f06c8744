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

/**
 * The engine's timers of elections, made to go off when there is something to decide. What the
 * engine then decides is left to it.
 *
 * <p>An election timer counts from the leader's last word. The engine's own goes off every timeout,
 * and one that does so shortly before the silence has lasted long enough lets it grow to twice the
 * timeout.
 *
 * <p>A vote timer goes off after a third to two thirds of the timeout. Two followers that notice
 * the silence together split the vote; the engine's own would wait another timeout. A vote takes a
 * round trip and a sync, of which a timeout should have room for ten.
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

    /** Also what is due is left this part of the timeout after it was last tried. */
    private static final int LOOKS_PER_TIMEOUT = 10;

    private static final int VOTES_PER_TIMEOUT = 3;

    private static final Map<String, LongSupplier> SILENCES = new ConcurrentHashMap<>();

    /**
     * To be called before the node starts.
     *
     * @param silenceMs since a leader was last heard; large if none ever was. Asked while the
     *     engine holds locks: it must take none of the engine's
     */
    static void countFrom(NodeId node, LongSupplier silenceMs) {
        SILENCES.put(timerName(node), silenceMs);
    }

    /** The engine's name of the timer, the only thing it tells the factory of the node. */
    private static String timerName(NodeId node) {
        return "JRaft-ElectionTimer-" + node;
    }

    @Override
    public Timer getElectionTimer(boolean shared, String name) {
        Timer timer = super.getElectionTimer(shared, name);
        LongSupplier silenceMs = SILENCES.get(name);
        return silenceMs == null ? timer : new FromLastWord(timer, name, silenceMs);
    }

    @Override
    public Timer getVoteTimer(boolean shared, String name) {
        return new Vote(super.getVoteTimer(shared, name));
    }

    /**
     * @param timeoutMs the silence that shall lead to an election, with this time's random part
     */
    static long delayMs(long timeoutMs, long silenceMs) {
        if (silenceMs < timeoutMs) {
            return Math.max(timeoutMs - silenceMs, timeoutMs / LOOKS_PER_TIMEOUT);
        }
        return silenceMs < 2 * timeoutMs ? Math.max(1, timeoutMs / RETRIES_PER_TIMEOUT) : timeoutMs;
    }

    private static final class FromLastWord implements Timer {
        private final Timer timer;
        private final String name;
        private final LongSupplier silenceMs;

        FromLastWord(Timer timer, String name, LongSupplier silenceMs) {
            this.timer = timer;
            this.name = name;
            this.silenceMs = silenceMs;
        }

        @Override
        public Timeout newTimeout(TimerTask task, long delay, TimeUnit unit) {
            return timer.newTimeout(
                    task,
                    delayMs(unit.toMillis(delay), silenceMs.getAsLong()),
                    TimeUnit.MILLISECONDS);
        }

        @Override
        public Set<Timeout> stop() {
            SILENCES.remove(name, silenceMs);
            return timer.stop();
        }
    }

    private static final class Vote implements Timer {
        private final Timer timer;

        Vote(Timer timer) {
            this.timer = timer;
        }

        @Override
        public Timeout newTimeout(TimerTask task, long delay, TimeUnit unit) {
            long leastMs = Math.max(1, unit.toMillis(delay) / VOTES_PER_TIMEOUT);
            return timer.newTimeout(
                    task,
                    leastMs + ThreadLocalRandom.current().nextLong(leastMs),
                    TimeUnit.MILLISECONDS);
        }

        @Override
        public Set<Timeout> stop() {
            return timer.stop();
        }
    }
}
