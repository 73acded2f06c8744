package dev.fencekv.bench;

import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.compare.Comparison;
import dev.fencekv.bench.compare.ComparisonReport;
import dev.fencekv.bench.compare.Measured;
import dev.fencekv.bench.compare.Row;
import dev.fencekv.bench.compare.Store;
import dev.fencekv.bench.load.Distribution;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Workload;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures FenceKV and other stores side by side. */
@Command(
        name = "compare",
        sortOptions = false,
        description = {
            "Measures FenceKV and other stores side by side.",
            "Each on a cluster of its own, one after the other, in rounds; prints a table with ratios"
                    + " and which targets hold. Stores that are not here are skipped by name.",
            ""
        },
        footer = {
            "",
            "Under ten minutes:  scripts/bench compare --quick",
            "The targets' rows:  scripts/bench compare --quick --rounds 9 --duration 4 --warm-up 60",
            "All of it (2 hours): scripts/bench compare",
            "Two stores:         scripts/bench compare --quick --stores FenceKV,ZooKeeper"
        })
final class CompareCommand implements Callable<Integer> {
    @Option(names = "--quick", description = "Three short rounds of what the targets are about.")
    private boolean quick;

    @Option(
            names = "--stores",
            paramLabel = "NAME",
            split = ",",
            description = "Only these; FenceKV is always among them (default: all that are here).")
    private List<String> stores = List.of();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Rounds (default: 9, with --quick 3).")
    private @Nullable Integer rounds;

    @Option(
            names = "--duration",
            paramLabel = "S",
            description = "Seconds measured of each row (default: 10, with --quick 2).")
    private @Nullable Integer seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            description =
                    "Seconds of puts before the first round, for the compilers (default: 90; with"
                            + " --quick 20).")
    private @Nullable Integer warmUpSeconds;

    @Mixin private PlaceOptions place = new PlaceOptions();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        Installation installation = Installation.ofScripts();
        List<String> skipped = new ArrayList<>();
        List<Store> here = present(installation, skipped);
        Path results = Workspace.results(place.out, "compare");
        Progress progress = new Progress();
        try (Workspace workspace = new Workspace(place.data)) {
            Comparison.Plan plan = plan(here, workspace.data(), results);
            Measured measured;
            try (Comparison comparison =
                    new Comparison(installation, plan, base(), progress::say)) {
                measured = comparison.run();
            }
            progress.done();
            ComparisonReport report =
                    new ComparisonReport(measured, plan, skipped, Bench.typed(spec));
            report.write(results);
            System.out.println("saved in " + results + "\n");
            System.out.print(report.text());
        }
        return 0;
    }

    private List<Store> present(Installation installation, List<String> skipped) {
        List<Store> wanted =
                stores.isEmpty()
                        ? Arrays.asList(Store.values())
                        : stores.stream().map(Store::ofText).toList();
        List<Store> here = new ArrayList<>();
        here.add(Store.FENCEKV);
        for (Store store : wanted) {
            if (store != Store.FENCEKV) {
                store.missing(installation)
                        .ifPresentOrElse(
                                why -> skipped.add(store.text() + ": " + why),
                                () -> here.add(store));
            }
        }
        skipped.forEach(each -> System.err.println("skipping " + each));
        return here;
    }

    private Comparison.Plan plan(List<Store> here, Path work, Path results) {
        int wantedRounds = rounds != null ? rounds : quick ? 3 : 9;
        Duration measured = Duration.ofSeconds(seconds != null ? seconds : quick ? 2 : 10);
        return new Comparison.Plan(
                here,
                quick ? Row.ofTargets() : Row.all(),
                wantedRounds,
                Duration.ofSeconds(warmUpSeconds != null ? warmUpSeconds : quick ? 20 : 90),
                Duration.ofSeconds(quick ? 2 : 4),
                quick ? Duration.ofMillis(400) : Duration.ofSeconds(2),
                measured,
                quick && rounds == null ? 4 : (int) Math.ceil(36.0 / wantedRounds),
                quick ? Duration.ofMillis(800) : Duration.ofSeconds(2),
                quick && rounds == null ? 3 : 9,
                place.basePort,
                work,
                results);
    }

    /** The conditions of the targets. */
    private static LoadSpec base() {
        return new LoadSpec(
                Workload.PUT,
                10_000,
                Distribution.UNIFORM,
                16,
                128,
                8,
                1,
                0,
                Duration.ZERO,
                Duration.ofSeconds(1),
                1,
                1);
    }
}
