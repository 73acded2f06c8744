package dev.fencekv.bench;

import dev.fencekv.bench.cluster.Cluster;
import dev.fencekv.bench.cluster.FenceKvCluster;
import dev.fencekv.bench.cluster.GivenCluster;
import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.cluster.Machine;
import dev.fencekv.bench.cluster.UsageMeter;
import dev.fencekv.bench.floor.Floor;
import dev.fencekv.bench.floor.FloorProbe;
import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.load.LoadObserver;
import dev.fencekv.bench.load.LoadResult;
import dev.fencekv.bench.load.LoadRun;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Operation;
import dev.fencekv.bench.report.LatencyPlots;
import dev.fencekv.bench.report.RunPage;
import dev.fencekv.bench.report.RunReport;
import dev.fencekv.bench.report.SavedRun;
import dev.fencekv.bench.report.TextReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures one workload on FenceKV. */
@Command(
        name = "run",
        sortOptions = false,
        description = {
            "Measures one workload on FenceKV.",
            "On a cluster of its own, started from the build on loopback, or on a running one.",
            ""
        },
        footer = {
            "",
            "One put at a time:           scripts/bench run put",
            "Throughput:                  scripts/bench run put --outstanding 1024",
            "Latency at a load:           scripts/bench run put --rate 5000",
            "Fenced, guarded puts:        scripts/bench run put-fenced --outstanding 256",
            "Reads and writes, hot keys:  scripts/bench run mixed-a --distribution zipfian"
                    + " --outstanding 64",
            "A running cluster:           scripts/bench run get-linearizable --endpoints HOST:7400"
        })
final class RunCommand implements Callable<Integer> {
    /** Of the same load before the window, after the servers have been asked. */
    private static final Duration SETTLE = Duration.ofMillis(500);

    @Mixin private LoadOptions load = new LoadOptions();

    @Option(
            names = "--endpoints",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "Nodes of a running cluster, instead of one of its own.")
    private List<String> endpoints = List.of();

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "3",
            description = "Nodes of its own cluster (default: ${DEFAULT-VALUE}).")
    private int nodes;

    @Mixin private PlaceOptions place = new PlaceOptions();

    @Option(
            names = "--server-option",
            paramLabel = "OPTION",
            description = "For each server, e.g. --server-option=--store=heap; may be repeated.")
    private List<String> serverOptions = List.of();

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    @Option(names = "--no-floor", description = "Do not measure the machine's floor before.")
    private boolean noFloor;

    private final Progress progress = new Progress();

    @Override
    public Integer call() throws Exception {
        LoadSpec spec = load.spec();
        try (Workspace workspace = new Workspace(place.data)) {
            Machine machine = Machine.now(workspace.data());
            Optional<Floor> floor = floor(workspace);
            progress.say("starting the cluster");
            try (Cluster cluster = cluster(workspace)) {
                SavedRun run = measure(cluster, spec, machine, floor);
                progress.done();
                Path results = Workspace.results(place.out, spec.workload().text());
                save(run, results);
                System.out.print(
                        json
                                ? Json.pretty(run.report().toJson())
                                : TextReport.of(run.report()) + "\n  saved in " + results + "\n");
                return 0;
            }
        }
    }

    private Optional<Floor> floor(Workspace workspace) throws IOException, InterruptedException {
        if (noFloor) {
            return Optional.empty();
        }
        progress.say("measuring the machine's floor");
        return Optional.of(FloorProbe.measure(workspace.data()));
    }

    private Cluster cluster(Workspace workspace) throws IOException, InterruptedException {
        if (!endpoints.isEmpty()) {
            return new GivenCluster(endpoints);
        }
        return FenceKvCluster.start(
                new FenceKvCluster.Plan(
                        Installation.ofScripts(),
                        workspace.data(),
                        nodes,
                        place.basePort,
                        serverOptions));
    }

    private SavedRun measure(Cluster cluster, LoadSpec spec, Machine machine, Optional<Floor> floor)
            throws Exception {
        try (FenceKvTarget target = new FenceKvTarget()) {
            target.connect(cluster.endpoints(), spec.connections());
            for (Operation operation : spec.workload().operations()) {
                target.prepare(operation);
            }
            progress.say("writing " + spec.keys() + " keys");
            LoadRun.load(target, spec);
            progress.say("warming up");
            if (!spec.warmUp().isZero()) {
                LoadRun.run(
                        target, spec.withDuration(Duration.ZERO, spec.warmUp()), LoadObserver.NONE);
            }
            UsageMeter meter = new UsageMeter(cluster, ProcessHandle.current().pid());
            LoadSpec settled = spec.withDuration(SETTLE, spec.duration());
            LoadResult result = LoadRun.run(target, settled, metered(meter)).of(spec);
            RunReport report =
                    RunReport.of(
                            new RunReport.Circumstances(
                                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                                    cluster.store(),
                                    cluster.durability(),
                                    cluster.nodes(),
                                    machine),
                            result,
                            meter.usage(result),
                            floor);
            return SavedRun.of(report, result);
        }
    }

    private LoadObserver metered(UsageMeter meter) {
        return new LoadObserver() {
            @Override
            public void begins() {
                meter.windowBegins();
            }

            @Override
            public void progress(int second, Histogram last) {
                progress.progress(second, last);
            }

            @Override
            public void ended() {
                meter.windowEnded();
            }
        };
    }

    private static void save(SavedRun run, Path dir) throws IOException {
        run.write(dir);
        List<LatencyPlots.Line> lines = LatencyPlots.lines(List.of(run));
        String conditions = run.report().conditions();
        LatencyPlots.byPercentile(run.report().title(), conditions, lines)
                .write(dir, "percentiles");
        LatencyPlots.overTime(run.report().title(), conditions, lines).write(dir, "over-time");
        Files.writeString(
                dir.resolve("report.html"), RunPage.of(run.report().title(), List.of(run)).html());
    }
}
