package dev.fencekv.bench;

import dev.fencekv.bench.report.LatencyPlots;
import dev.fencekv.bench.report.SavedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Draws saved runs together. */
@Command(
        name = "plot",
        description = {
            "Draws saved runs together.",
            "percentiles.svg and .png, over-time.svg and .png, all runs on each.",
            ""
        },
        footer = {"", "scripts/bench plot RUN1 RUN2 --out plots --title 'Before and after'"})
final class PlotCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "RUN", description = "Directories of saved runs.")
    private List<Path> runs = List.of();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the pictures go (default: a new directory).")
    private @Nullable Path out;

    @Option(
            names = "--title",
            paramLabel = "TEXT",
            defaultValue = "Latency",
            description = "Of the pictures (default: ${DEFAULT-VALUE}).")
    private String title = "";

    @Override
    public Integer call() throws IOException {
        List<SavedRun> saved = read(runs);
        List<LatencyPlots.Line> lines = LatencyPlots.lines(saved);
        String conditions = saved.get(0).report().conditions();
        Path dir = Files.createDirectories(Workspace.results(out, "plot"));
        LatencyPlots.byPercentile(title, conditions, lines).write(dir, "percentiles");
        LatencyPlots.overTime(title, conditions, lines).write(dir, "over-time");
        System.out.println("drawn in " + dir);
        return 0;
    }

    static List<SavedRun> read(List<Path> dirs) throws IOException {
        List<SavedRun> saved = new ArrayList<>();
        for (Path dir : dirs) {
            saved.add(SavedRun.read(dir));
        }
        return saved;
    }
}
