package dev.fencekv.client;

/**
 * Both clocks at one moment.
 *
 * @param nanos the monotonic clock
 * @param wallAheadNanos wall clock minus monotonic clock: constant while nobody sets the wall clock
 *     and the machine is not suspended
 */
record ClockReading(long nanos, long wallAheadNanos) {}
