package dev.fencekv.bench;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The latency of one put at a time, client to client: what an unloaded cluster gives. Closed loop
 * with one outstanding request, so it says nothing about load.
 */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures one put at a time against a running cluster.")
public final class PutLatency implements Callable<Integer> {
    private static final int KEY_BYTES = 16;
    private static final long HIGHEST_MICROS = 60_000_000;
    private static final int DIGITS = 3;

    @Option(
            names = "--endpoints",
            split = ",",
            defaultValue = "127.0.0.1:7400,127.0.0.1:7410,127.0.0.1:7420",
            description = "Nodes (default: ${DEFAULT-VALUE}).")
    private List<String> endpoints = List.of();

    @Option(
            names = "--count",
            defaultValue = "5000",
            description = "Puts measured (default: ${DEFAULT-VALUE}).")
    private int count;

    @Option(
            names = "--warm-up",
            defaultValue = "5000",
            description = "Puts before that (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--value-bytes",
            defaultValue = "128",
            description = "Size of a value (default: ${DEFAULT-VALUE}).")
    private int valueBytes;

    @Option(
            names = "--keys",
            defaultValue = "10000",
            description = "Keys, uniformly chosen (default: ${DEFAULT-VALUE}).")
    private int keys;

    public static void main(String[] args) {
        System.exit(new CommandLine(new PutLatency()).execute(args));
    }

    @Override
    public Integer call() {
        Histogram micros = new Histogram(HIGHEST_MICROS, DIGITS);
        try (KvClient client = FenceKv.builder().endpoints(endpoints).label("bench").build()) {
            SplittableRandom random = new SplittableRandom(1);
            Value value = Value.copyOf(new byte[valueBytes]);
            for (int i = -warmUp; i < count; i++) {
                Key key = Key.of(String.format(Locale.ROOT, "%016d", random.nextInt(keys)));
                long start = System.nanoTime();
                client.put(key, value, WriteOptions.NONE);
                if (i >= 0) {
                    micros.recordValue((System.nanoTime() - start) / 1_000);
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "put, 1 outstanding, %d B keys, %d B values, %d nodes, fsync before acknowledging:"
                        + " p50 %.3f ms  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f  (n=%d)%n",
                KEY_BYTES,
                valueBytes,
                endpoints.size(),
                micros.getValueAtPercentile(50) / 1e3,
                micros.getValueAtPercentile(90) / 1e3,
                micros.getValueAtPercentile(99) / 1e3,
                micros.getValueAtPercentile(99.9) / 1e3,
                micros.getMaxValue() / 1e3,
                micros.getTotalCount());
        return 0;
    }
}
