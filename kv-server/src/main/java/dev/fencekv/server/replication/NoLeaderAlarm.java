package dev.fencekv.server.replication;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Says so when nobody leads for longer than elections take: the operator may have forgotten to
 * start the other nodes. Owned by the timer's thread.
 */
final class NoLeaderAlarm {
    private static final long FIRST_AFTER_SECONDS = 10;
    private static final long AGAIN_AFTER_SECONDS = 60;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final Supplier<String> needs;
    private long ledNanos;
    private long nextSeconds = FIRST_AFTER_SECONDS;

    /**
     * @param needs what has to happen for this node to serve, for people
     */
    NoLeaderAlarm(Supplier<String> needs, long nowNanos) {
        this.needs = needs;
        this.ledNanos = nowNanos;
    }

    /** The line to warn with, if it is time for one. */
    Optional<String> look(boolean led, long nowNanos) {
        if (led) {
            ledNanos = nowNanos;
            nextSeconds = FIRST_AFTER_SECONDS;
            return Optional.empty();
        }
        long seconds = (nowNanos - ledNanos) / NANOS_PER_SECOND;
        if (seconds < nextSeconds) {
            return Optional.empty();
        }
        nextSeconds = seconds + AGAIN_AFTER_SECONDS;
        return Optional.of(
                "no leader for " + seconds + " s: nothing is served until " + needs.get());
    }
}
