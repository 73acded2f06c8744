package dev.fencekv.clock;

/**
 * Counts nanoseconds from an arbitrary origin, never backwards. Stops while the machine is
 * suspended, on most systems. Safe from any thread.
 */
@FunctionalInterface
public interface MonotonicClock {
    MonotonicClock SYSTEM = System::nanoTime;

    /** Nanoseconds; only differences have a meaning. */
    long nanos();
}
