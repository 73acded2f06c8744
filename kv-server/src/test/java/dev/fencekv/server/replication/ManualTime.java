package dev.fencekv.server.replication;

import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;

/** Time that passes when a test says so. */
final class ManualTime implements MonotonicClock, WallClock {
    static final long START_MS = 1_700_000_000_000L;

    private volatile long nanos = 5_000_000_000L;
    private volatile long wallMs = START_MS;

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long millis() {
        return wallMs;
    }

    /** Both clocks go on. */
    synchronized void passMs(long ms) {
        nanos += ms * 1_000_000;
        wallMs += ms;
    }

    /** Only the wall clock jumps. */
    synchronized void jumpMs(long ms) {
        wallMs += ms;
    }
}
