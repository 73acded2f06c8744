package dev.fencekv.server.health;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * How long the log's disk takes to sync: the 99th percentile of the last {@value #WINDOW} syncs,
 * forgotten when they are a minute old, since a disk that was slow may be well again. Not said of
 * fewer than {@value #TELLING_MIN}: of those it would be the single slowest.
 *
 * <p>Safe from any thread; {@link #took} is called for each entry and does little.
 */
public final class SyncTimes {
    static final int WINDOW = 256;
    static final int TELLING_MIN = 100;
    private static final long FORGOTTEN_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Guarded by this. */
    private final long[] tookNanos = new long[WINDOW];

    /** Guarded by this. */
    private final long[] atNanos = new long[WINDOW];

    /** Guarded by this. */
    private long count;

    public synchronized void took(long nanos, long nowNanos) {
        int at = (int) (count++ % WINDOW);
        tookNanos[at] = nanos;
        atNanos[at] = nowNanos;
    }

    /** Microseconds; 0 if too little was synced lately. */
    public long p99Micros(long nowNanos) {
        long[] recent = recent(nowNanos);
        if (recent.length < TELLING_MIN) {
            return 0;
        }
        Arrays.sort(recent);
        return TimeUnit.NANOSECONDS.toMicros(recent[(int) Math.ceil(recent.length * 0.99) - 1]);
    }

    private synchronized long[] recent(long nowNanos) {
        long[] recent = new long[(int) Math.min(count, WINDOW)];
        int found = 0;
        for (int i = 0; i < recent.length; i++) {
            if (nowNanos - atNanos[i] <= FORGOTTEN_NANOS) {
                recent[found++] = tookNanos[i];
            }
        }
        return Arrays.copyOf(recent, found);
    }
}
