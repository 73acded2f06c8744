package dev.fencekv.bench.load;

/**
 * A schedule at a fixed rate: slot {@code i} is due at {@code begin + i / rate}, whatever became of
 * the slots before it. No slot is skipped: after a stall of generator or store, the slots that it
 * delayed are started at once, one after the other, each with the time at which it was due. An
 * operation's latency counts from there, so that a stall is charged to every operation it delayed
 * (no coordinated omission).
 */
final class OpenLoop {
    /** One slot: start the operation that was due at {@code dueNanos}. */
    interface Slot {
        void start(long index, long dueNanos);
    }

    private final long beginNanos;
    private final long endNanos;
    private final long ratePerSecond;

    OpenLoop(long beginNanos, long endNanos, int ratePerSecond) {
        this.beginNanos = beginNanos;
        this.endNanos = endNanos;
        this.ratePerSecond = ratePerSecond;
    }

    long dueNanos(long index) {
        // Split, so that no product leaves 63 bits.
        return beginNanos
                + index / ratePerSecond * 1_000_000_000L
                + index % ratePerSecond * 1_000_000_000L / ratePerSecond;
    }

    /** Starts every {@code stride}th slot from {@code first} on that is due before the end. */
    void run(Pacer pacer, long first, long stride, Slot slot) {
        for (long index = first; ; index += stride) {
            long due = dueNanos(index);
            if (due - endNanos >= 0) {
                return;
            }
            pacer.until(due);
            slot.start(index, due);
        }
    }
}
