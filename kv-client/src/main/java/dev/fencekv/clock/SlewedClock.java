package dev.fencekv.clock;

import dev.fencekv.check.Check;

/**
 * The physical clock of a leader: advances with the monotonic clock and is slewed towards the wall
 * clock, so that a step of the wall clock does not become a step of the stamps. A difference beyond
 * the permitted offset is not followed at all, but reported by {@link #wallOffsetMs}. Owned by one
 * thread at a time.
 */
public final class SlewedClock {
    /** Slewing changes the speed by at most this: 1 ms for each 20 ms that pass (5 %). */
    private static final long SLEW_DIVISOR = 20;

    private static final long NANOS_PER_MS = 1_000_000;

    private final WallClock wall;
    private final MonotonicClock monotonic;
    private final long maxOffsetMs;

    /** Nanoseconds since 1970 as this clock has them at {@link #lastNanos}. Never decreases. */
    private long nowNanos;

    private long lastNanos;
    private long wallOffsetMs;

    /** {@code maxOffsetMs}: the largest difference to the wall clock that is followed. */
    public SlewedClock(WallClock wall, MonotonicClock monotonic, long maxOffsetMs) {
        this.wall = wall;
        this.monotonic = monotonic;
        this.maxOffsetMs = Check.atLeast(1, maxOffsetMs, "maxOffsetMs");
        this.nowNanos = Math.max(0, wall.millis()) * NANOS_PER_MS;
        this.lastNanos = monotonic.nanos();
    }

    /** Milliseconds since 1970; never less than before. */
    public long millis() {
        long nanos = monotonic.nanos();
        long elapsed = Math.max(0, nanos - lastNanos);
        lastNanos = nanos;
        nowNanos += elapsed;
        long differenceNanos = wall.millis() * NANOS_PER_MS - nowNanos;
        wallOffsetMs = differenceNanos / NANOS_PER_MS;
        if (Math.abs(wallOffsetMs) <= maxOffsetMs) {
            long slewMax = elapsed / SLEW_DIVISOR;
            nowNanos += Math.max(-slewMax, Math.min(slewMax, differenceNanos));
        }
        return nowNanos / NANOS_PER_MS;
    }

    /**
     * Wall clock minus this clock at the last reading, in milliseconds. Beyond the permitted offset
     * the wall clock has jumped and somebody should be told.
     */
    public long wallOffsetMs() {
        return wallOffsetMs;
    }
}
