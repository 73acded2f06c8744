package dev.fencekv.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** Time as an argument: what a generator reads, and how it waits. */
interface Pacer {
    /** The machine's monotonic clock. */
    Pacer SYSTEM =
            new Pacer() {
                @Override
                public long nanos() {
                    return System.nanoTime();
                }

                @Override
                public void until(long nanos) {
                    for (long left = nanos - nanos(); left > 0; left = nanos - nanos()) {
                        LockSupport.parkNanos(left);
                    }
                }
            };

    long nanos();

    /** Returns at {@code nanos} or later; at once if it is past. */
    void until(long nanos);

    /**
     * Lets the calling thread's waits end on time: Linux otherwise adds up to 50 µs to each. Where
     * that is not allowed, the lateness that a run reports shows it.
     */
    static void endWaitsOnTime() {
        try {
            Path thread = Path.of("/proc/thread-self").toRealPath().getFileName();
            Files.writeString(Path.of("/proc").resolve(thread).resolve("timerslack_ns"), "1");
        } catch (IOException e) {
            // Not Linux, or not allowed.
        }
    }
}
