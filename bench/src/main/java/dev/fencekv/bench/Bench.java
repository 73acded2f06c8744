package dev.fencekv.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line of the instrument. */
@Command(
        name = "scripts/bench",
        sortOptions = false,
        description = {
            "Measures FenceKV, and other stores beside it, on this machine.",
            "Each command has --help with examples; bench/README.md says what the numbers mean."
        },
        subcommands = {
            RunCommand.class,
            CompareCommand.class,
            GrowthCommand.class,
            FloorCommand.class,
            PlotCommand.class,
            ReportCommand.class,
            StagesCommand.class,
        })
public final class Bench implements Callable<Integer> {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    private boolean help;

    @Spec private CommandSpec spec = CommandSpec.create();

    public static void main(String[] args) {
        System.exit(commandLine(new Bench()).execute(args));
    }

    static CommandLine commandLine(Object command) {
        return new CommandLine(command)
                .setUsageHelpWidth(100)
                .setExecutionExceptionHandler(Bench::failed)
                .setParameterExceptionHandler(Bench::usageError);
    }

    /** What the user typed, for reports: what made them. */
    static String typed(CommandSpec command) {
        List<String> words = new ArrayList<>(List.of(command.root().name()));
        words.addAll(command.root().commandLine().getParseResult().originalArgs());
        return String.join(" ", words);
    }

    private static int usageError(CommandLine.ParameterException e, String[] args) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        System.err.println(command + ": " + e.getMessage() + " (see --help)");
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(
            Exception e, CommandLine commandLine, CommandLine.ParseResult parsed) {
        System.err.println(
                commandLine.getCommandName()
                        + ": "
                        + (e.getMessage() == null ? e : e.getMessage()));
        if (System.getenv("FENCEKV_BENCH_TRACE") != null) {
            e.printStackTrace();
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(System.out);
        return CommandLine.ExitCode.OK;
    }
}
