package dev.fencekv.server.health;

import dev.fencekv.check.Check;
import java.util.concurrent.TimeUnit;

/**
 * The one election timeout of the cluster, as its leader chooses it: long enough for how long it is
 * usually not heard, as short as that allows. It is raised at once and lowered reluctantly, and
 * never changed twice within {@value #CHANGE_SECONDS_MIN} s: the engine restarts its election timer
 * with each change, so that frequent ones would prevent elections.
 *
 * <p>Owned by one thread at a time.
 */
final class ElectionTimeout {
    private static final int CHANGE_SECONDS_MIN = 10;

    /** The timeout is so many times the silence that is usual. */
    private static final int SILENCES = 2;

    /** Of the least timeout, at least. */
    private static final int HEARTBEATS_PER_TIMEOUT = 10;

    private static final int STEP_MS = 50;

    /** It is lowered once this part of it would do. */
    private static final double ENOUGH_TO_LOWER = 0.6;

    private final int leastMs;
    private final int mostMs;
    private int nowMs;
    private boolean changed;
    private long changedAtNanos;

    /**
     * Begins with the least.
     *
     * @param leastMs never less, whatever the rhythm
     * @param mostMs never more: a dead leader must be noticed
     */
    ElectionTimeout(int leastMs, int mostMs) {
        Check.argument(0 < leastMs && leastMs <= mostMs, "the least is at most the most");
        this.leastMs = leastMs;
        this.mostMs = mostMs;
        this.nowMs = leastMs;
    }

    int nowMs() {
        return nowMs;
    }

    /** What the leader has announced, or the engine was started with. */
    void set(int ms) {
        nowMs = Math.max(leastMs, Math.min(mostMs, ms));
    }

    /**
     * What the leader should announce now.
     *
     * @param silenceMs how long followers usually do not hear it
     * @param roundTripMs to the follower farthest away: an answer must have come back too, or the
     *     leader steps down by itself
     */
    int choose(long silenceMs, long roundTripMs, long nowNanos) {
        // A heartbeat follows when the one before has been answered.
        long rhythmMs = roundTripMs + leastMs / HEARTBEATS_PER_TIMEOUT;
        long need = SILENCES * Math.max(silenceMs, rhythmMs) + roundTripMs;
        int wanted = (int) Math.max(leastMs, Math.min(mostMs, roundUp(need)));
        boolean raise = wanted > nowMs;
        boolean lower = wanted < nowMs && need < ENOUGH_TO_LOWER * nowMs;
        boolean recently =
                changed && nowNanos - changedAtNanos < TimeUnit.SECONDS.toNanos(CHANGE_SECONDS_MIN);
        if ((raise || lower) && !recently) {
            nowMs = wanted;
            changed = true;
            changedAtNanos = nowNanos;
        }
        return nowMs;
    }

    private static long roundUp(long ms) {
        return Math.min(Integer.MAX_VALUE, (ms + STEP_MS - 1) / STEP_MS * STEP_MS);
    }
}
