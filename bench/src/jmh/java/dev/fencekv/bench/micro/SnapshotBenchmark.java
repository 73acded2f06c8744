package dev.fencekv.bench.micro;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.SnapshotWalk;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A snapshot's walk over 100 000 records into memory; the score is for one record. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SnapshotBenchmark {
    private static final int KEYS = 100_000;
    private static final int BLOCK_BYTES = 64 * 1024;

    @Param({"chronicle", "heap"})
    public String store = "";

    private KvStateMachine machine = new KvStateMachine(Samples.stores("heap"));
    private final BytesOut block = new BytesOut(2 * BLOCK_BYTES);
    private final BytesOut setAside = new BytesOut(BLOCK_BYTES);

    @Setup
    public void fill() {
        machine = new KvStateMachine(Samples.stores(store));
        Value value = Samples.value();
        long index = 0;
        for (Key key : Samples.keys("key-", KEYS)) {
            machine.apply(
                    ++index,
                    0,
                    Samples.STAMP,
                    new Command.Put(
                            RequestId.NONE, List.of(), key, value, Command.ANY_REVISION, false));
        }
    }

    @TearDown
    public void close() {
        machine.close();
    }

    @Benchmark
    @OperationsPerInvocation(KEYS)
    public long walk() {
        long bytes = 0;
        setAside.clear();
        try (SnapshotWalk walk = machine.beginSnapshot(setAside::append)) {
            boolean more;
            do {
                more = walk.step(block);
                if (!more || block.length() >= BLOCK_BYTES) {
                    bytes += block.length();
                    block.clear();
                }
            } while (more);
        }
        return bytes;
    }
}
