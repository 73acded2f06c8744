package dev.fencekv.bench.micro;

import dev.fencekv.clock.HybridClock;
import dev.fencekv.clock.HybridTimestamp;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Stamps of the hybrid logical clock. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ClockBenchmark {
    private static final long MILLIS = 1_800_000_000_000L;

    private final HybridClock clock = new HybridClock(HybridTimestamp.ZERO);
    private long calls;

    /** A thousand in each millisecond. */
    @Benchmark
    public HybridTimestamp next() {
        return clock.next(MILLIS + calls++ / 1000);
    }

    @Benchmark
    public HybridTimestamp observeAndNext() {
        clock.observe(clock.last());
        return clock.next(MILLIS + calls++ / 1000);
    }
}
