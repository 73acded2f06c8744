package dev.fencekv.clock;

/**
 * What this machine believes the time to be; the one place where a process reads it. May jump,
 * stand still or run backwards. Safe from any thread.
 */
@FunctionalInterface
public interface WallClock {
    /** Milliseconds since 1970 by the system's clock. */
    WallClock SYSTEM = System::currentTimeMillis;

    /** Milliseconds since 1970. */
    long millis();
}
