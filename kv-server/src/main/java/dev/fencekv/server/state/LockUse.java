package dev.fencekv.server.state;

/**
 * How a lock is held, or waited for.
 *
 * @param shared whether others may hold it at the same time
 * @param permits how many at most, of a semaphore; 0 of a lock
 */
public record LockUse(boolean shared, int permits) {
    public static final LockUse EXCLUSIVE = new LockUse(false, 0);

    /** {@code permits}: 0 for a reader. */
    public static LockUse shared(int permits) {
        return new LockUse(true, permits);
    }
}
