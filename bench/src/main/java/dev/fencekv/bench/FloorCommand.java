package dev.fencekv.bench;

import dev.fencekv.bench.floor.Floor;
import dev.fencekv.bench.floor.FloorProbe;
import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.report.TextReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what no store on this machine can beat. */
@Command(
        name = "floor",
        description = {
            "Measures what no store on this machine can beat.",
            "The fsync of a log, a round trip over loopback, and a durable write on two of three",
            "processes: medians.",
            ""
        },
        footer = {"", "scripts/bench floor --runs 3", "scripts/bench floor --data /mnt/fast"})
final class FloorCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "On the disk of this directory (default: that of the build).")
    private @Nullable Path data;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "1",
            description = "How often (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(names = "--json", description = "One JSON object a run.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        try (Workspace workspace = new Workspace(data)) {
            for (int i = 0; i < runs; i++) {
                Floor floor = FloorProbe.measure(workspace.data());
                System.out.println(json ? Json.write(floor.toJson()) : TextReport.text(floor));
            }
        }
        return 0;
    }
}
