package dev.fencekv.server.faults;

import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;
import java.util.function.Supplier;

/**
 * A wall clock that goes wrong. A step is one of the true time; from a rate or a freeze the clock
 * comes back to the true time by a jump.
 *
 * <p>Safe from any thread.
 */
public final class FaultyWallClock implements WallClock {
    private static final long NANOS_PER_MS = 1_000_000;

    private final WallClock truth;
    private final MonotonicClock monotonic;
    private final Supplier<Faults.Clock> fault;

    // Guarded by this: the fault in force, and what the clocks said when it began.
    private Faults.Clock inForce = Faults.NONE.clock();
    private long sinceMillis;
    private long sinceNanos;

    FaultyWallClock(WallClock truth, MonotonicClock monotonic, Supplier<Faults.Clock> fault) {
        this.truth = truth;
        this.monotonic = monotonic;
        this.fault = fault;
    }

    /** The system's clock, unless somebody wants it to go wrong. */
    public static WallClock unlessTrue(MonotonicClock monotonic) {
        return FaultFile.ofProperty()
                .<WallClock>map(
                        file ->
                                new FaultyWallClock(
                                        WallClock.SYSTEM, monotonic, () -> file.now().clock()))
                .orElse(WallClock.SYSTEM);
    }

    @Override
    public synchronized long millis() {
        Faults.Clock now = fault.get();
        if (!now.equals(inForce)) {
            inForce = now;
            sinceMillis = truth.millis();
            sinceNanos = monotonic.nanos();
        }
        return switch (inForce.fault()) {
            case NONE -> truth.millis();
            case STEP -> truth.millis() + inForce.amount();
            case RATE ->
                    sinceMillis
                            + (monotonic.nanos() - sinceNanos)
                                    / NANOS_PER_MS
                                    * inForce.amount()
                                    / 100;
            case FREEZE -> sinceMillis;
        };
    }
}
