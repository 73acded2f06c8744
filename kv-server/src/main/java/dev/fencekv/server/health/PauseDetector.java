package dev.fencekv.server.health;

import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Notices that this process did not run: stopped by a signal, a hypervisor, a collector, or a
 * machine that swaps. It is to {@link #beat} every {@value #BEAT_MS} ms, on several threads: a
 * pause is that none did; whoever begins something that must not happen after a pause looks first,
 * because after waking that may come before the beat.
 *
 * <p>Guarantees: whoever has looked goes on after the listener has been told of the pause,
 * whichever thread has noticed it.
 *
 * <p>Safe from any thread.
 */
public final class PauseDetector {
    public static final int BEAT_MS = 50;

    private static final long BEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(BEAT_MS);

    private final long pauseNanosMin;
    private final LongConsumer paused;
    private volatile boolean begun;
    private volatile long beatAtNanos;
    private volatile int pauses;
    private volatile long longestNanos;

    /**
     * @param pauseMsMin a shorter one is none
     * @param paused told its length in nanoseconds; all others who look wait for it meanwhile
     */
    public PauseDetector(long pauseMsMin, LongConsumer paused) {
        this.pauseNanosMin = TimeUnit.MILLISECONDS.toNanos(pauseMsMin);
        this.paused = paused;
    }

    /** Until this is called nobody beats, and that is no pause: the process is starting. */
    public void begin(long nowNanos) {
        beatAtNanos = nowNanos;
        begun = true;
    }

    /** The process runs. */
    public void beat(long nowNanos) {
        if (lateNanos(nowNanos) < pauseNanosMin) {
            beatAtNanos = nowNanos;
            return;
        }
        synchronized (this) {
            long late = lateNanos(nowNanos);
            if (late < pauseNanosMin) {
                return;
            }
            pauses++;
            longestNanos = Math.max(longestNanos, late);
            paused.accept(late);
            beatAtNanos = nowNanos;
        }
    }

    private long lateNanos(long nowNanos) {
        return nowNanos - beatAtNanos - BEAT_NANOS;
    }

    /** As {@link #beat}, but does nothing unless the process has just woken. */
    public void look(long nowNanos) {
        if (begun && lateNanos(nowNanos) >= pauseNanosMin) {
            beat(nowNanos);
        }
    }

    public int pauses() {
        return pauses;
    }

    /** In milliseconds. */
    public long longestMs() {
        return TimeUnit.NANOSECONDS.toMillis(longestNanos);
    }
}
