package dev.fencekv.server.health;

import dev.fencekv.check.Check;
import java.util.concurrent.TimeUnit;

/**
 * The one election timeout of the cluster, as its leader chooses it: long enough for how long it is
 * usually not heard, as short as that allows. It is raised at once, and lowered reluctantly: only
 * if much less would do, and not within {@value #LOWER_SECONDS_MIN} s of the last change.
 *
 * <p>Round trips alone say how long it must be at least, also to a node that knows no leader: else,
 * in a network that has become slow, each leader would be given up before it can say anything.
 *
 * <p>Owned by one thread at a time.
 */
final class ElectionTimeout {
    private static final int LOWER_SECONDS_MIN = 10;

    /** The timeout is so many times the silence that is usual. */
    private static final int SILENCES = 2;

    private static final int STEP_MS = 50;

    /** It is lowered once this part of it would do. */
    private static final double ENOUGH_TO_LOWER = 0.6;

    private final int leastMs;
    private final int mostMs;
    private final int heartbeatMs;
    private int nowMs;
    private long changedAtNanos;

    /**
     * Begins with the least.
     *
     * @param leastMs never less, whatever the rhythm
     * @param mostMs never more: a dead leader must be noticed
     * @param heartbeatMs after an answered heartbeat the leader waits so long before the next
     */
    ElectionTimeout(int leastMs, int mostMs, int heartbeatMs, long nowNanos) {
        Check.argument(0 < leastMs && leastMs <= mostMs, "the least is at most the most");
        this.leastMs = leastMs;
        this.mostMs = mostMs;
        this.heartbeatMs = heartbeatMs;
        this.nowMs = leastMs;
        this.changedAtNanos = nowNanos;
    }

    int nowMs() {
        return nowMs;
    }

    /** The leader has announced it. */
    void announced(int ms, long roundTripMs) {
        nowMs = Math.max(within(ms), within(need(0, roundTripMs)));
    }

    /** Whoever leads, if anybody does: it must not be less than the network allows. */
    void raise(long roundTripMs, long nowNanos) {
        int least = within(need(0, roundTripMs));
        if (least > nowMs) {
            nowMs = least;
            changedAtNanos = nowNanos;
        }
    }

    /**
     * What the leader should announce now.
     *
     * @param silenceMs how long followers usually do not hear it
     * @param roundTripMs to the follower farthest away: an answer must have come back too, or the
     *     leader steps down by itself
     */
    int choose(long silenceMs, long roundTripMs, long nowNanos) {
        long need = need(silenceMs, roundTripMs);
        int wanted = within(need);
        boolean lower =
                need < ENOUGH_TO_LOWER * nowMs
                        && nowNanos - changedAtNanos >= TimeUnit.SECONDS.toNanos(LOWER_SECONDS_MIN);
        if (wanted > nowMs || wanted < nowMs && lower) {
            nowMs = wanted;
            changedAtNanos = nowNanos;
        }
        return nowMs;
    }

    private long need(long silenceMs, long roundTripMs) {
        long rhythmMs = roundTripMs + heartbeatMs;
        return SILENCES * Math.max(silenceMs, rhythmMs) + roundTripMs;
    }

    private int within(long ms) {
        return (int) Math.max(leastMs, Math.min(mostMs, roundUp(ms)));
    }

    private static long roundUp(long ms) {
        return (ms + STEP_MS - 1) / STEP_MS * STEP_MS;
    }
}
