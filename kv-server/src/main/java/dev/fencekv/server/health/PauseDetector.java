package dev.fencekv.server.health;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Notices that this process did not run: stopped by a signal, a hypervisor, a collector, or a
 * machine that swaps. It is to {@link #beat} every {@value #BEAT_MS} ms; whoever begins something
 * that must not happen after a pause looks first, because after waking that may come before the
 * beat.
 *
 * <p>Safe from any thread.
 */
public final class PauseDetector {
    public static final int BEAT_MS = 50;

    private final long pauseNanosMin;
    private final LongConsumer paused;
    private final AtomicLong beatAtNanos;
    private final AtomicInteger pauses = new AtomicInteger();
    private volatile long longestNanos;

    /**
     * @param pauseMsMin a shorter one is none
     * @param paused told its length in nanoseconds by whoever notices, before that one goes on
     */
    public PauseDetector(long pauseMsMin, long nowNanos, LongConsumer paused) {
        this.pauseNanosMin = TimeUnit.MILLISECONDS.toNanos(pauseMsMin);
        this.paused = paused;
        this.beatAtNanos = new AtomicLong(nowNanos);
    }

    /** The process runs. */
    public void beat(long nowNanos) {
        long last = beatAtNanos.get();
        if (nowNanos - last < 0 || !beatAtNanos.compareAndSet(last, nowNanos)) {
            return;
        }
        long late = nowNanos - last - TimeUnit.MILLISECONDS.toNanos(BEAT_MS);
        if (late >= pauseNanosMin) {
            pauses.incrementAndGet();
            longestNanos = Math.max(longestNanos, late);
            paused.accept(late);
        }
    }

    /** As {@link #beat}, but costs nothing unless the process has just woken. */
    public void look(long nowNanos) {
        if (nowNanos - beatAtNanos.get() >= pauseNanosMin) {
            beat(nowNanos);
        }
    }

    public int pauses() {
        return pauses.get();
    }

    /** In milliseconds. */
    public long longestMs() {
        return TimeUnit.NANOSECONDS.toMillis(longestNanos);
    }
}
