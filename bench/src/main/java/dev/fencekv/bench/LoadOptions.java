package dev.fencekv.bench;

import dev.fencekv.bench.load.Distribution;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Workload;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What load to offer, as said on the command line. */
final class LoadOptions {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "WORKLOAD",
            defaultValue = "put",
            completionCandidates = Names.class,
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private String workload = "";

    @Option(
            names = "--keys",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Keys, all written before (default: ${DEFAULT-VALUE}).")
    private int keys;

    @Option(
            names = "--distribution",
            paramLabel = "HOW",
            defaultValue = "uniform",
            description = "How keys are chosen: uniform or zipfian (default: ${DEFAULT-VALUE}).")
    private String distribution = "";

    @Option(
            names = "--key-bytes",
            paramLabel = "N",
            defaultValue = "16",
            description = "Length of a key (default: ${DEFAULT-VALUE}).")
    private int keyBytes;

    @Option(
            names = "--value-bytes",
            paramLabel = "N",
            defaultValue = "128",
            description = "Length of a value (default: ${DEFAULT-VALUE}).")
    private int valueBytes;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "8",
            description = "Clients, each with a connection and a session (default: 8).")
    private int connections;

    @Option(
            names = "--outstanding",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Closed loop: operations under way at a time, over all connections (default: 1).")
    private int outstanding;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Open loop instead: operations started a second, by a schedule that no slow "
                            + "answer delays. Latency counts from when the schedule meant an "
                            + "operation to start.")
    private int rate;

    @Option(
            names = "--duration",
            paramLabel = "S",
            defaultValue = "10",
            description = "Seconds measured (default: ${DEFAULT-VALUE}).")
    private double durationSeconds;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "10",
            description =
                    "Seconds of the same load before. JIT compilers of client and servers need "
                            + "some: compare only runs that had the same (default: ${DEFAULT-VALUE}).")
    private double warmUpSeconds;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Open loop: threads that start operations (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of keys and values (default: ${DEFAULT-VALUE}).")
    private long seed;

    /** The names of all workloads. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Workload.values()).map(Workload::text).iterator();
        }
    }

    LoadSpec spec() {
        return new LoadSpec(
                Workload.ofText(workload.toLowerCase(Locale.ROOT)),
                keys,
                Distribution.ofText(distribution),
                keyBytes,
                valueBytes,
                connections,
                rate > 0 ? 0 : outstanding,
                rate,
                Duration.ofMillis((long) (warmUpSeconds * 1000)),
                Duration.ofMillis((long) (durationSeconds * 1000)),
                threads,
                seed);
    }
}
