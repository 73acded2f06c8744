package dev.fencekv.bench.load;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Starts operations and judges their ends.
 *
 * <p>Guarantees: 1. Every method is safe from any thread. 2. An operation is counted by when it was
 * due, and its latency begins there. 3. Each started operation is counted once: as a latency, a
 * failure, or unfinished.
 */
final class Issuer {
    private final Target target;
    private final LoadSpec spec;
    private final Pacer pacer;
    private final Latencies latencies;
    private final Distribution.Chooser chooser;
    private final Values values;
    private final ThreadLocal<SplittableRandom> randoms;
    private final AtomicInteger outstanding = new AtomicInteger();
    private final LongAdder completed = new LongAdder();
    private final LongAdder completedInAll = new LongAdder();
    private final Map<String, AtomicLong> failures = new ConcurrentHashMap<>();

    /** When each operation under way was due: what is left here at the end is unfinished. */
    private final Map<Pending, Pending> pending = new ConcurrentHashMap<>();

    private volatile long fromNanos = Long.MAX_VALUE;
    private volatile long toNanos = Long.MAX_VALUE;

    /** Set once: what ends later is neither a latency nor a failure. */
    private volatile boolean over;

    Issuer(Target target, LoadSpec spec, Pacer pacer, Latencies latencies) {
        this.target = target;
        this.spec = spec;
        this.pacer = pacer;
        this.latencies = latencies;
        this.chooser = spec.distribution().over(spec.keys());
        this.values = new Values(spec.valueBytes(), spec.seed());
        AtomicLong seeds = new AtomicLong(spec.seed());
        this.randoms = ThreadLocal.withInitial(() -> new SplittableRandom(seeds.getAndIncrement()));
    }

    /** Operations due within [from, to) are measured. */
    void measure(long fromNanos, long toNanos) {
        this.toNanos = toNanos;
        this.fromNanos = fromNanos;
    }

    boolean isPast(long nanos) {
        return nanos - toNanos >= 0;
    }

    int outstanding() {
        return outstanding.get();
    }

    /** Starts one operation that was due at {@code dueNanos}; {@code then} runs when it ended. */
    void issue(int connection, long dueNanos, Runnable then) {
        SplittableRandom random = randoms.get();
        Operation operation = spec.workload().next(random);
        byte[] key = Keys.key(operation, chooser.next(random), spec.keyBytes());
        Pending started = new Pending(operation, dueNanos, then);
        pending.put(started, started);
        outstanding.incrementAndGet();
        try {
            target.start(operation, connection, key, values.next(random), started);
        } catch (RuntimeException e) {
            started.completed(e);
        }
    }

    /** One operation under way; compared by identity. */
    private final class Pending implements Target.Completion {
        private final Operation operation;
        private final long dueNanos;
        private final Runnable then;

        Pending(Operation operation, long dueNanos, Runnable then) {
            this.operation = operation;
            this.dueNanos = dueNanos;
            this.then = then;
        }

        @Override
        public void completed(@Nullable Throwable failure) {
            long now = pacer.nanos();
            if (pending.remove(this) == null) {
                return; // A second completion, or the run has given up on it.
            }
            outstanding.decrementAndGet();
            if (!over) {
                judge(failure, now);
            }
            then.run();
        }

        private void judge(@Nullable Throwable failure, long now) {
            boolean due = isMeasured(dueNanos);
            if (failure != null) {
                if (due) {
                    failures.computeIfAbsent(target.statusOf(failure), each -> new AtomicLong())
                            .incrementAndGet();
                }
                return;
            }
            completedInAll.increment();
            if (due) {
                latencies.record(operation, now - dueNanos);
            }
            if (isMeasured(now)) {
                completed.increment();
            }
        }
    }

    boolean isMeasured(long nanos) {
        long from = fromNanos;
        return from != Long.MAX_VALUE && nanos - from >= 0 && nanos - toNanos < 0;
    }

    /**
     * Ends the run: what was due in the window and has no answer yet is recorded with the age it
     * has, which is the least its latency can be.
     */
    long giveUp() {
        over = true;
        long now = pacer.nanos();
        long unfinished = 0;
        for (Pending each : pending.keySet()) {
            if (pending.remove(each) != null && isMeasured(each.dueNanos)) {
                latencies.record(each.operation, now - each.dueNanos);
                unfinished++;
            }
        }
        return unfinished;
    }

    long completed() {
        return completed.sum();
    }

    long completedInAll() {
        return completedInAll.sum();
    }

    Map<String, Long> failures() {
        Map<String, Long> counts = new TreeMap<>();
        failures.forEach((status, count) -> counts.put(status, count.get()));
        return counts;
    }
}
