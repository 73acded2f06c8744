package dev.fencekv.bench;

import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.torture.FaultKind;
import dev.fencekv.bench.torture.Torture;
import dev.fencekv.bench.torture.TorturePlan;
import dev.fencekv.bench.torture.TortureReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tortures nodes of its own. */
@Command(
        name = "scripts/torture",
        sortOptions = false,
        description = {
            "Runs real nodes and clients under faults, and judges what the clients saw.",
            "Ends with 0 if all verdicts hold, with 1 if one does not. Histories, a timeline, the nodes'"
                    + " logs and a summary are kept.",
            ""
        },
        footer = {
            "",
            "Five minutes:             scripts/torture --minutes 5 --seed 1",
            "Only some faults:         scripts/torture --minutes 1 --faults kill,pause",
            "The test of the test:     scripts/torture --minutes 1 --faults pause --no-tokens",
            "                          (loses updates, so ends with 1)"
        })
final class TortureCommand implements Callable<Integer> {
    private static final int CLIENTS = 3;
    private static final int KEYS = 4;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            defaultValue = "1",
            description =
                    "How long faults happen; 0.5 is half a minute (default: ${DEFAULT-VALUE}).")
    private double minutes;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the faults and of what clients do (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--faults",
            paramLabel = "KIND",
            split = ",",
            converter = FaultConverter.class,
            description =
                    "kill, restart, pause, partition, clock, disk, membership (default: all).")
    private List<FaultKind> faults = Arrays.asList(FaultKind.values());

    @Option(
            names = "--nodes",
            paramLabel = "N",
            defaultValue = "3",
            description = "3 or 5 (default: ${DEFAULT-VALUE}).")
    private int nodes;

    @Option(
            names = "--no-tokens",
            description = "Write under the lock without showing its token: updates will be lost.")
    private boolean noTokens;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Mixin private PlaceOptions place = new PlaceOptions();

    @Spec private CommandSpec spec = CommandSpec.create();

    static final class FaultConverter implements CommandLine.ITypeConverter<FaultKind> {
        @Override
        public FaultKind convert(String text) {
            try {
                return FaultKind.ofText(text);
            } catch (IllegalArgumentException e) {
                throw new CommandLine.TypeConversionException(e.getMessage());
            }
        }
    }

    public static void main(String[] args) {
        System.exit(Bench.commandLine(new TortureCommand()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (nodes != 3 && nodes != 5) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--nodes must be 3 or 5");
        }
        if (!(minutes >= 0.25 && minutes <= 1_440)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--minutes must be 0.25 to 1440");
        }
        Path out = Workspace.results(place.out, "torture-" + seed);
        Set<FaultKind> kinds = new TreeSet<>(faults);
        try (Workspace workspace = new Workspace(place.data)) {
            TortureReport report =
                    Torture.run(
                            new TorturePlan(
                                    Installation.ofScripts(),
                                    seed,
                                    Duration.ofMillis(Math.round(minutes * 60_000)),
                                    nodes,
                                    kinds,
                                    CLIENTS,
                                    KEYS,
                                    !noTokens,
                                    place.basePort,
                                    workspace.data(),
                                    out.toAbsolutePath()),
                            line -> System.err.println(line));
            report.write(out);
            System.out.println("saved in " + out + "\n");
            System.out.print(report.text());
            return report.holds() ? 0 : 1;
        }
    }
}
