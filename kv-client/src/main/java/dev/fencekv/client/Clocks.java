package dev.fencekv.client;

import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;

/** Reads both clocks together. Immutable; safe from any thread. */
record Clocks(WallClock wall, MonotonicClock monotonic) {
    private static final long NANOS_PER_MS = 1_000_000;

    /** A thread that lost its processor between the two readings would see a jump of the wall. */
    private static final long APART_NANOS_MAX = 1_000_000;

    private static final int TRIES = 3;

    long nanos() {
        return monotonic.nanos();
    }

    /**
     * A reading after a pause in the middle of it is wrong towards suspicion, never towards trust.
     */
    ClockReading read() {
        for (int i = 1; ; i++) {
            long before = monotonic.nanos();
            long wallNanos = wall.millis() * NANOS_PER_MS;
            long after = monotonic.nanos();
            if (after - before <= APART_NANOS_MAX || i == TRIES) {
                return new ClockReading(after, wallNanos - after);
            }
        }
    }
}
