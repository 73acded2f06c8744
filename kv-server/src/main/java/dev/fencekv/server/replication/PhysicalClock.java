package dev.fencekv.server.replication;

import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.SlewedClock;
import dev.fencekv.clock.WallClock;
import dev.fencekv.kv.Limits;

/** The one slewed clock of a node, shared by whoever stamps and whoever admits. */
public final class PhysicalClock {
    /** Guarded by this. */
    private final SlewedClock clock;

    public PhysicalClock(WallClock wall, MonotonicClock monotonic) {
        clock = new SlewedClock(wall, monotonic, Limits.CLOCK_OFFSET_MS_MAX);
    }

    /** Milliseconds since 1970; never less than before. */
    public synchronized long millis() {
        return clock.millis();
    }

    /** Wall clock minus this clock, in milliseconds. Beyond the limit the wall clock has jumped. */
    public synchronized long wallOffsetMs() {
        clock.millis();
        return clock.wallOffsetMs();
    }
}
