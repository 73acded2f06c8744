package dev.fencekv.cli;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.ResourceName;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** kvcli: one verb per run, or a shell. Owned by the thread that runs it. */
@Command(
        name = "kvcli",
        versionProvider = KvCli.Version.class,
        description = "Talks to a FenceKV cluster. Without a verb, on a terminal: a shell.",
        synopsisSubcommandLabel = "[VERB]",
        commandListHeading = "%nVerbs:%n",
        footer = {
            "",
            "Exit codes: 0 ok, 1 the store said no (not found, condition failed, fenced, lock busy),",
            "2 usage, 3 unavailable or outcome unknown, 4 not permitted, 5 lock lost.",
            "",
            "Examples:",
            "  kvcli put greeting hello",
            "  kvcli -o json get greeting",
            "  kvcli lock nightly --wait 30s -- ./backup.sh"
        })
public final class KvCli implements Callable<Integer> {
    /** Short: what a killed kvcli leaves behind should not stay long. */
    private static final Duration SESSION_TTL = Duration.ofSeconds(5);

    private static final int HELP_COLUMNS = 100;

    /**
     * What Java puts in place of bytes that it cannot read. HAZARD: under LC_ALL=C, as in cron,
     * that is every letter beyond ASCII, and different keys become one.
     */
    private static final char UNREADABLE = '\uFFFD';

    private final Streams streams;

    /** A shell's client; null if there is no shell. */
    private final @Nullable KeptClient kept;

    /** What stands for options that are not given; null for what they say themselves. */
    private final CommandLine.@Nullable IDefaultValueProvider defaults;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the release and exit.")
    private boolean version;

    @Option(
            names = "--endpoints",
            scope = ScopeType.INHERIT,
            split = ",",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:FENCEKV_ENDPOINTS:-127.0.0.1:7400}",
            description =
                    "Nodes to ask, separated by commas; the others are learned."
                            + " Environment: FENCEKV_ENDPOINTS. Default: 127.0.0.1:7400.")
    private List<String> endpoints = List.of();

    @Option(
            names = {"-o", "--output"},
            scope = ScopeType.INHERIT,
            paramLabel = "FORM",
            defaultValue = "table",
            description =
                    "table (default): for people; json: one object per line; raw: cells separated"
                            + " by tabs, a value as its very bytes.")
    private Output.Form form = Output.Form.TABLE;

    @Option(
            names = "--timeout",
            scope = ScopeType.INHERIT,
            paramLabel = "DURATION",
            defaultValue = "10s",
            description = "How long a request may take, retries included. Default: 10s.")
    private Duration timeout = Duration.ofSeconds(10);

    KvCli(Streams streams) {
        this(streams, null, null);
    }

    private KvCli(
            Streams streams,
            @Nullable KeptClient kept,
            CommandLine.@Nullable IDefaultValueProvider defaults) {
        this.streams = streams;
        this.kept = kept;
        this.defaults = defaults;
    }

    /** One more run, of a line of a shell that was started by this one. */
    KvCli inShell(Streams lineStreams, KeptClient shellClient) {
        Map<String, String> given =
                Map.of(
                        "--endpoints", String.join(",", endpoints),
                        "--timeout", timeout.toMillis() + "ms",
                        "--output", form.name());
        return new KvCli(
                lineStreams,
                shellClient,
                argument ->
                        argument instanceof OptionSpec option
                                ? given.get(option.longestName())
                                : null);
    }

    boolean isInShell() {
        return kept != null;
    }

    /** {@code client}, for verbs that ask whom this one asks. */
    KeptClient keep(KvClient client) {
        return new KeptClient(client, endpoints, timeout);
    }

    Streams streams() {
        return streams;
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String release = KvCli.class.getPackage().getImplementationVersion();
            return new String[] {"kvcli " + (release == null ? "unpackaged" : release)};
        }
    }

    /** Runs the verb that {@code args} name, and exits with its code. What it says is UTF-8. */
    public static void main(String[] args) {
        StartUp.prepare();
        System.exit(new KvCli(Streams.ofProcess()).execute(args));
    }

    /** Runs the verb that {@code args} name; returns its exit code. */
    int execute(String... args) {
        for (String arg : args) {
            if (arg.indexOf(UNREADABLE) >= 0) {
                complain(
                        "an argument is not text in the encoding of this locale: set LC_ALL=C.UTF-8"
                                + " (a value of any bytes may come from stdin)");
                return ExitCode.USAGE.number();
            }
        }
        return line(AllVerbs.neededFor(args)).execute(args);
    }

    /** All verbs, ready to run one of them. */
    CommandLine line() {
        return line(AllVerbs.NAMES);
    }

    private CommandLine line(List<String> verbs) {
        CommandLine line = new CommandLine(this);
        for (String verb : verbs) {
            line.addSubcommand(AllVerbs.make(verb));
        }
        line.setCaseInsensitiveEnumValuesAllowed(true);
        // A value that begins with @ is a value.
        line.setExpandAtFiles(false);
        line.setUsageHelpWidth(HELP_COLUMNS);
        line.registerConverter(Duration.class, new DurationText());
        register(line, Fence.class, Fence::parse);
        register(line, FencingToken.class, FencingToken::parse);
        register(line, Key.class, Key::of);
        register(line, AsOf.class, ReadFlags::moment);
        register(line, LockName.class, LockName::new);
        register(line, ResourceName.class, ResourceName::new);
        register(line, Path.class, Path::of);
        line.setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(Help.defaultColorScheme(ansi()));
        if (defaults != null) {
            line.setDefaultValueProvider(defaults);
        }
        line.setExecutionStrategy(this::runOrHelp);
        line.setParameterExceptionHandler((failure, unused) -> usageError(failure));
        line.setExecutionExceptionHandler((failure, unused, parsed) -> executionError(failure));
        return line;
    }

    /** Help is shown as lists are: a shell may page it. */
    private int runOrHelp(ParseResult parsed) {
        for (CommandLine each : parsed.asCommandLineList()) {
            if (each.isUsageHelpRequested()) {
                streams.whole().accept(each.getUsageMessage().lines().toList());
                return ExitCode.OK.number();
            }
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private Help.Ansi ansi() {
        return streams.outInk() == Ink.COLOURED ? Help.Ansi.ON : Help.Ansi.OFF;
    }

    /** Converters whose refusals say what is wrong, not that Java threw something. */
    private static <T> void register(CommandLine line, Class<T> type, ITypeConverter<T> reader) {
        line.registerConverter(
                type,
                text -> {
                    try {
                        return reader.convert(text);
                    } catch (IllegalArgumentException e) {
                        throw new TypeConversionException(String.valueOf(e.getMessage()));
                    }
                });
    }

    /** Without a verb: the shell, if somebody sits at a terminal. */
    @Override
    public Integer call() throws IOException {
        if (!streams.isTerminal() || isInShell()) {
            throw new ParameterException(new CommandLine(this), "say what to do: kvcli VERB");
        }
        return ShellVerb.run(this, true);
    }

    /** The shell's client, if there is one that asks whom this verb asks; else one of its own. */
    LentClient lend() {
        if (kept != null && kept.serves(endpoints(), timeout)) {
            return new LentClient(kept.client(), true);
        }
        return new LentClient(connect(SESSION_TTL), false);
    }

    KvClient connect(Duration sessionTtl) {
        return FenceKv.builder()
                .endpoints(endpoints())
                .requestTimeout(timeout)
                .sessionTtl(sessionTtl)
                .label(label())
                .build();
    }

    /** How others see this run. */
    static String label() {
        return "kvcli pid " + ProcessHandle.current().pid();
    }

    List<String> endpoints() {
        return new ArrayList<>(endpoints);
    }

    Output output() {
        return new Output(streams, form);
    }

    InputStream in() {
        return streams.in();
    }

    void complain(String message) {
        streams.err().println(streams.errInk().bad("kvcli: " + message));
        streams.err().flush();
    }

    private int usageError(ParameterException failure) {
        complain(message(failure));
        streams.err()
                .println(
                        "Try '"
                                + failure.getCommandLine().getCommandSpec().qualifiedName()
                                + " --help'.");
        return ExitCode.USAGE.number();
    }

    private static String message(ParameterException failure) {
        boolean noVerbYet = failure.getCommandLine().getParent() == null;
        if (noVerbYet && failure instanceof UnmatchedArgumentException unmatched) {
            return "there is no verb or option " + unmatched.getUnmatched().get(0);
        }
        return failure.getMessage().replaceFirst("^Error: ", "");
    }

    private int executionError(Exception failure) {
        if (failure instanceof FenceKvException refusal) {
            complain(refusal.getMessage() + ". " + ExitCode.advice(refusal));
            return ExitCode.of(refusal).number();
        }
        if (failure instanceof InterruptedException || failure instanceof InterruptedIOException) {
            return ExitCode.STOPPED.number();
        }
        if (failure instanceof IllegalArgumentException) {
            complain(String.valueOf(failure.getMessage()));
            return ExitCode.USAGE.number();
        }
        complain("failed: " + failure);
        return ExitCode.UNAVAILABLE.number();
    }
}
