package dev.fencekv.client;

/** Runs tasks later, on the client's event loop. */
@FunctionalInterface
interface Timers {
    /** Runs {@code task} once, {@code nanos} from now by the monotonic clock, unless cancelled. */
    Timer after(long nanos, Runnable task);

    /** A task that waits. Used on the event loop only. */
    @FunctionalInterface
    interface Timer {
        void cancel();
    }
}
