package dev.fencekv.client;

import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Clocks and timers that stand still until a test moves them. Safe from any thread. */
public final class ManualTime implements WallClock, MonotonicClock, Timers {
    private static final long WALL_START_MS = 1_700_000_000_000L;

    private final List<Waiting> waiting = new ArrayList<>();
    private long nanos = 5_000_000_000L;
    private long suspendedMs;

    private record Waiting(long dueNanos, EventExecutor loop, Runnable task) {}

    @Override
    public synchronized long nanos() {
        return nanos;
    }

    @Override
    public synchronized long millis() {
        return WALL_START_MS + nanos / 1_000_000 + suspendedMs;
    }

    @Override
    public synchronized Timer after(long delayNanos, Runnable task) {
        EventExecutor loop = ThreadExecutorMap.currentExecutor();
        Waiting timer = new Waiting(nanos + delayNanos, loop, task);
        waiting.add(timer);
        return () -> {
            synchronized (this) {
                waiting.remove(timer);
            }
        };
    }

    /** Lets time pass on both clocks; each timer that falls due has run when this returns. */
    public void advance(Duration by) {
        long target = nanos() + by.toNanos();
        Waiting due;
        while ((due = takeDue(target)) != null) {
            run(due);
        }
        synchronized (this) {
            nanos = target;
        }
    }

    /** Lets time pass without any timer noticing, as when the process is stopped. */
    public synchronized void stopProcessFor(Duration by) {
        nanos += by.toNanos();
    }

    /** Lets the world go on while the machine sleeps: the monotonic clock stands still. */
    public synchronized void suspendMachineFor(Duration by) {
        suspendedMs += by.toMillis();
    }

    private synchronized @Nullable Waiting takeDue(long target) {
        Waiting first =
                waiting.stream().min(Comparator.comparingLong(Waiting::dueNanos)).orElse(null);
        if (first == null || first.dueNanos() > target) {
            return null;
        }
        waiting.remove(first);
        nanos = Math.max(nanos, first.dueNanos());
        return first;
    }

    private static void run(Waiting timer) {
        try {
            timer.loop().submit(timer.task()).get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("a timer's task did not run", e);
        }
    }
}
