package dev.fencekv.bench.micro;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.state.KvStore;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One record of 100 000, at random. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StoreBenchmark {
    private static final int KEYS = 100_000;

    @Param({"chronicle", "heap"})
    public String store = "";

    private final Key[] keys = Samples.keys("key-", KEYS);
    private final Versioned record = Samples.record(Samples.value());
    private final SplittableRandom random = new SplittableRandom(1);
    private KvStore records = Samples.store("heap");

    @Setup
    public void fill() {
        records = Samples.store(store);
        for (Key key : keys) {
            records.put(key, record);
        }
    }

    @TearDown
    public void close() {
        records.close();
    }

    @Benchmark
    public @Nullable Versioned get() {
        return records.get(keys[random.nextInt(KEYS)]);
    }

    @Benchmark
    public void put() {
        records.put(keys[random.nextInt(KEYS)], record);
    }
}
