package dev.fencekv.bench;

import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.cluster.Machine;
import dev.fencekv.bench.growth.Growth;
import dev.fencekv.bench.growth.GrowthReport;
import dev.fencekv.bench.growth.Size;
import dev.fencekv.bench.load.Distribution;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Workload;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what it costs to hold more keys. */
@Command(
        name = "growth",
        sortOptions = false,
        description = {
            "Measures what it costs to hold more keys.",
            "At each size, on a fresh cluster: latency of puts and gets, also while snapshots are taken;"
                    + " memory; the time of a snapshot, and of a restart from the log and from a snapshot.",
            ""
        },
        footer = {
            "",
            "Some minutes:           scripts/bench growth --sizes 10000,100000,1000000",
            "All sizes, 16 GB of memory:  scripts/bench growth"
        })
final class GrowthCommand implements Callable<Integer> {
    @Option(
            names = "--sizes",
            paramLabel = "N",
            split = ",",
            defaultValue = "10000,100000,1000000,5000000",
            description = "Numbers of keys, ascending (default: ${DEFAULT-VALUE}).")
    private List<Integer> sizes = List.of();

    @Option(
            names = "--value-bytes",
            paramLabel = "N",
            defaultValue = "128",
            description = "Length of a value (default: ${DEFAULT-VALUE}).")
    private int valueBytes;

    @Option(
            names = "--duration",
            paramLabel = "S",
            defaultValue = "10",
            description = "Seconds measured of each latency (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "10",
            description = "Seconds of many puts or gets before each (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds;

    @Mixin private PlaceOptions place = new PlaceOptions();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        Progress progress = new Progress();
        List<Size> measured = new ArrayList<>();
        List<String> conditions = new ArrayList<>();
        for (int keys : sizes) {
            // A workspace each: the largest would not leave room for the others.
            try (Workspace workspace = new Workspace(place.data)) {
                if (conditions.isEmpty()) {
                    conditions.addAll(conditions(Machine.now(workspace.data())));
                }
                measured.add(
                        Growth.measure(
                                new Growth.Plan(
                                        Installation.ofScripts(),
                                        workspace.data(),
                                        place.basePort,
                                        load(keys),
                                        FenceKvTarget::new,
                                        progress::say)));
            }
        }
        progress.done();
        Path results = Workspace.results(place.out, "growth");
        GrowthReport report = new GrowthReport(measured, conditions, Bench.typed(spec));
        report.write(results);
        System.out.println("saved in " + results + "\n");
        System.out.print(report.text());
        return 0;
    }

    private List<String> conditions(Machine machine) {
        List<String> lines = new ArrayList<>();
        lines.add(
                "3 nodes and the client on one machine, fsync on a majority before acknowledging;"
                        + " keys of 16 B, uniform, values of "
                        + valueBytes
                        + " B");
        lines.addAll(machine.lines());
        return lines;
    }

    private LoadSpec load(int keys) {
        return new LoadSpec(
                Workload.PUT,
                keys,
                Distribution.UNIFORM,
                16,
                valueBytes,
                8,
                1,
                0,
                Duration.ofSeconds(warmUpSeconds),
                Duration.ofSeconds(seconds),
                1,
                1);
    }
}
