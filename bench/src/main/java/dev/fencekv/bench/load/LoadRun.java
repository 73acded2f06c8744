package dev.fencekv.bench.load;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * One run: warm-up, measured window, waiting for the last answers. Owned by the thread that calls
 * it.
 */
public final class LoadRun {
    /** Open loop: above it the schedule waits for answers; what is due meanwhile grows old. */
    private static final int OUTSTANDING_MAX = 20_000;

    private static final long GIVE_UP_AFTER_NANOS = 10_000_000_000L;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int LOADING_OUTSTANDING = 256;

    private final Target target;
    private final LoadSpec spec;
    private final Pacer pacer = Pacer.SYSTEM;
    private final Latencies latencies;
    private final Issuer issuer;
    private final ConcurrentHistogram lateness =
            new ConcurrentHistogram(1_000, Latencies.MAX_NANOS, 3);

    private LoadRun(Target target, LoadSpec spec) {
        this.target = target;
        this.spec = spec;
        this.latencies = new Latencies(spec.workload().operations());
        this.issuer = new Issuer(target, spec, pacer, latencies);
    }

    /** Writes all keys that the workload uses, once. Throws if one cannot be written. */
    public static void load(Target target, LoadSpec spec) throws InterruptedException {
        for (Operation operation : spec.workload().operations()) {
            if (operation.usesRecords()) {
                load(target, spec, operation);
            }
        }
    }

    private static void load(Target target, LoadSpec spec, Operation operation)
            throws InterruptedException {
        Values values = new Values(spec.valueBytes(), spec.seed());
        SplittableRandom random = new SplittableRandom(spec.seed());
        AtomicInteger outstanding = new AtomicInteger();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < spec.keys() && failures.isEmpty(); i++) {
            while (outstanding.get() >= LOADING_OUTSTANDING) {
                LockSupport.parkNanos(20_000);
            }
            outstanding.incrementAndGet();
            target.load(
                    i % spec.connections(),
                    Keys.key(operation, i, spec.keyBytes()),
                    values.next(random),
                    failure -> {
                        if (failure != null) {
                            failures.add(failure);
                        }
                        outstanding.decrementAndGet();
                    });
        }
        while (outstanding.get() > 0) {
            Thread.sleep(1);
        }
        if (!failures.isEmpty()) {
            throw new IllegalStateException(
                    "the keys cannot be loaded: " + failures.get(0), failures.get(0));
        }
    }

    /** Runs {@code spec} against a connected and prepared target. */
    public static LoadResult run(Target target, LoadSpec spec, LoadObserver observer)
            throws InterruptedException {
        return new LoadRun(target, spec).run(observer);
    }

    private LoadResult run(LoadObserver observer) throws InterruptedException {
        long begin = pacer.nanos();
        long from = begin + spec.warmUp().toNanos();
        long to = from + spec.duration().toNanos();
        issuer.measure(from, to);
        List<Thread> generators = spec.openLoop() ? openLoops(begin, to) : closedLoops();
        generators.forEach(Thread::start);

        pacer.until(from);
        long intervalBeganMs = System.currentTimeMillis();
        observer.begins();
        for (int second = 1; from + (second - 1) * SECOND_NANOS < to; second++) {
            pacer.until(Math.min(to, from + second * SECOND_NANOS));
            long nowMs = System.currentTimeMillis();
            latencies.endInterval(intervalBeganMs, nowMs);
            intervalBeganMs = nowMs;
            observer.progress(second, latencies.lastInterval());
        }
        observer.ended();

        for (Thread generator : generators) {
            generator.join();
        }
        while (issuer.outstanding() > 0 && pacer.nanos() - to < GIVE_UP_AFTER_NANOS) {
            pacer.until(pacer.nanos() + 1_000_000);
        }
        long unfinished = issuer.giveUp();
        latencies.endInterval(intervalBeganMs, System.currentTimeMillis());
        return result(unfinished);
    }

    private List<Thread> openLoops(long begin, long end) {
        OpenLoop schedule = new OpenLoop(begin, end, spec.ratePerSecond());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < spec.threads(); i++) {
            int first = i;
            threads.add(
                    generator(
                            () -> {
                                Pacer.endWaitsOnTime();
                                schedule.run(pacer, first, spec.threads(), this::startSlot);
                            }));
        }
        return threads;
    }

    private void startSlot(long index, long dueNanos) {
        while (issuer.outstanding() >= OUTSTANDING_MAX
                && !issuer.isPast(pacer.nanos() - GIVE_UP_AFTER_NANOS)) {
            pacer.until(pacer.nanos() + 100_000);
        }
        if (issuer.isMeasured(dueNanos)) {
            lateness.recordValue(
                    Math.min(Latencies.MAX_NANOS, Math.max(0, pacer.nanos() - dueNanos)));
        }
        issuer.issue((int) (index % spec.connections()), dueNanos, () -> {});
    }

    private List<Thread> closedLoops() {
        return List.of(
                generator(
                        () -> {
                            for (int i = 0; i < spec.outstanding(); i++) {
                                new ClosedLoop(issuer, pacer, i % spec.connections()).start();
                            }
                        }));
    }

    private static Thread generator(Runnable body) {
        Thread thread = new Thread(body, "generator");
        thread.setDaemon(true);
        return thread;
    }

    private LoadResult result(long unfinished) {
        List<LoadResult.OperationLatency> byOperation = new ArrayList<>();
        for (Operation operation : spec.workload().operations()) {
            Histogram total = latencies.total(operation);
            if (total.getTotalCount() > 0 || spec.workload().operations().size() == 1) {
                byOperation.add(
                        new LoadResult.OperationLatency(
                                operation, total, latencies.intervals(operation)));
            }
        }
        return new LoadResult(
                spec,
                byOperation,
                issuer.completed(),
                issuer.completedInAll(),
                spec.duration().toNanos() / 1e9,
                issuer.failures(),
                unfinished,
                lateness);
    }
}
