package dev.fencekv.client;

/**
 * How long a session may be believed alive: from the moment its last acknowledged renewal was
 * <em>sent</em>. Immutable, and judged anew at every question: a process that was stopped asks with
 * the clock it wakes up to.
 *
 * @param sent both clocks when the renewal was sent
 * @param ttlNanos the session's time to live
 */
record Lease(ClockReading sent, long ttlNanos) {
    /** Of the TTL: the margin for clocks that run at different speeds, and for unseen jumps. */
    private static final long MARGIN_DIVISOR = 100;

    /** When the monotonic clock reads this, the session may be over. */
    long deadlineNanos() {
        return sent.nanos() + ttlNanos - marginNanos();
    }

    /** HELD, SUSPECT or LOST. */
    LockState at(ClockReading now) {
        if (now.nanos() - deadlineNanos() >= 0) {
            return LockState.LOST;
        }
        // A suspended machine stops the monotonic clock but not the world. What stays unseen is
        // less than the margin that the deadline leaves anyway.
        long jump = Math.abs(now.wallAheadNanos() - sent.wallAheadNanos());
        return jump > marginNanos() ? LockState.SUSPECT : LockState.HELD;
    }

    private long marginNanos() {
        return ttlNanos / MARGIN_DIVISOR;
    }
}
