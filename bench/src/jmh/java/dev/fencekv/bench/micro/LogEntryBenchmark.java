package dev.fencekv.bench.micro;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.LogEntryCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** An entry of the log, alone and as full as under load, to bytes and back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LogEntryBenchmark {
    @Param({"1", "64"})
    public int commands;

    private LogEntry entry = new LogEntry(Samples.STAMP, List.of(put(1)));
    private byte[] bytes = new byte[0];

    @Setup
    public void fill() {
        List<Command> puts = new ArrayList<>();
        for (int i = 1; i <= commands; i++) {
            puts.add(put(i));
        }
        entry = new LogEntry(Samples.STAMP, puts);
        bytes = LogEntryCodec.encode(entry);
    }

    private static Command put(int sequence) {
        Key key = Samples.keys("key-", 1)[0];
        Value value = Samples.value();
        RequestId id = new RequestId(new SessionId(7), sequence, 1);
        return new Command.Put(id, List.of(), key, value, Command.ANY_REVISION, false);
    }

    @Benchmark
    public byte[] encode() {
        return LogEntryCodec.encode(entry);
    }

    @Benchmark
    public LogEntry decode() {
        return LogEntryCodec.decode(ByteBuffer.wrap(bytes));
    }
}
