package dev.fencekv.bench;

import dev.fencekv.bench.history.History;
import dev.fencekv.bench.history.LinearizabilityChecker;
import dev.fencekv.bench.history.Model;
import dev.fencekv.bench.history.Operation;
import dev.fencekv.bench.history.Verdict;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Judges histories in files. */
@Command(
        name = "scripts/check-history",
        sortOptions = false,
        description = {
            "Says whether recorded histories are linearizable.",
            "Prints \"FILE linearizable\", \"FILE violation\" or \"FILE unknown\" (not decided in time); on"
                    + " standard error, why. Ends with 1 if any is a violation, with 2 if a file cannot"
                    + " be read.",
            ""
        },
        footer = {
            "",
            "A file has one JSON object a line, in the order of time:",
            "  {\"process\": 3, \"type\": \"invoke\", \"f\": \"write\", \"key\": \"k1\", \"value\": 7}",
            "  {\"process\": 3, \"type\": \"ok\", \"f\": \"write\", \"key\": \"k1\", \"value\": 7}",
            "type: invoke, then ok, fail or info (outcome unknown).",
            "cas-register:    read, write, delete, cas with value [expected, new]; null is no value",
            "append-register: get, put, append, of text",
            "lock:            acquire (ok has the token), release and write (invoke has it)"
        })
final class CheckHistory implements Callable<Integer> {
    private static final int STUCK_SHOWN_MAX = 10;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            converter = ModelConverter.class,
            description = "cas-register, append-register or lock.")
    private Model model = Model.CAS_REGISTER;

    @Option(
            names = "--timeout",
            paramLabel = "S",
            defaultValue = "10",
            description = "Seconds for each file (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Histories.")
    private List<Path> files = List.of();

    @Spec private CommandSpec spec = CommandSpec.create();

    static final class ModelConverter implements CommandLine.ITypeConverter<Model> {
        @Override
        public Model convert(String text) {
            try {
                return Model.ofText(text);
            } catch (IllegalArgumentException e) {
                throw new CommandLine.TypeConversionException(e.getMessage());
            }
        }
    }

    public static void main(String[] args) {
        System.exit(Bench.commandLine(new CheckHistory()).execute(args));
    }

    @Override
    public Integer call() {
        if (timeoutSeconds < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--timeout must be at least 1");
        }
        boolean violated = false;
        boolean unreadable = false;
        for (Path file : files) {
            try {
                Verdict verdict =
                        LinearizabilityChecker.check(
                                model, History.read(file), Duration.ofSeconds(timeoutSeconds));
                System.out.println(file + " " + verdict.kind());
                explain(file, verdict);
                violated |= verdict.kind() == Verdict.Kind.VIOLATION;
            } catch (NoSuchFileException e) {
                System.err.println(file + ": there is no such file");
                unreadable = true;
            } catch (IOException | IllegalArgumentException e) {
                System.err.println(file + ": " + e.getMessage());
                unreadable = true;
            }
        }
        return unreadable ? CommandLine.ExitCode.USAGE : violated ? 1 : 0;
    }

    private void explain(Path file, Verdict verdict) {
        switch (verdict.kind()) {
            case LINEARIZABLE -> {}
            case UNKNOWN ->
                    System.err.println(
                            file
                                    + ": key \""
                                    + verdict.key()
                                    + "\" could not be decided; give it more --timeout");
            case VIOLATION -> {
                System.err.println(
                        file
                                + ": key \""
                                + verdict.key()
                                + "\": at best "
                                + verdict.explained()
                                + " operations come out in one order, then one of these had to"
                                + " come next, and none can:");
                List<Operation> stuck = verdict.stuck();
                stuck.stream()
                        .limit(STUCK_SHOWN_MAX)
                        .forEach(each -> System.err.println("  " + each));
                if (stuck.size() > STUCK_SHOWN_MAX) {
                    System.err.println("  and " + (stuck.size() - STUCK_SHOWN_MAX) + " more");
                }
            }
        }
    }
}
