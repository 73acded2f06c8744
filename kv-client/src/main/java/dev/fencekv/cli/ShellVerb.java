package dev.fencekv.cli;

import dev.fencekv.cli.shell.Batch;
import dev.fencekv.cli.shell.Screen;
import dev.fencekv.cli.shell.Shell;
import dev.fencekv.cli.shell.ShellHistory;
import dev.fencekv.cli.shell.Verbs;
import dev.fencekv.client.KvClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code kvcli shell}. */
@Command(
        name = "shell",
        description = {
            "Reads verbs line by line and runs them in one session; also what kvcli does without a"
                    + " verb on a terminal.",
            "",
            "TAB completes verbs, options, their values, names of locks and keys. A transaction is"
                    + " typed on several lines: txn ... end. Ctrl-C drops the line, or stops what"
                    + " runs; Ctrl-D leaves. Words are quoted as in other shells; nothing is"
                    + " expanded. Long lists are shown by $PAGER, or page by page without it."
                    + " Without a terminal it runs the lines of stdin and stops at the first that"
                    + " fails."
        },
        footer = {
            "",
            "The history is kept in $XDG_STATE_HOME/fencekv/kvcli_history, or below",
            "~/.local/state, for its owner alone. Not kept: lines that begin with a blank, and lines",
            "with words like password, secret, credential, nonce, token (other than --token).",
            "",
            "Examples:",
            "  kvcli shell",
            "  kvcli shell --no-history",
            "  kvcli shell < verbs.txt"
        })
final class ShellVerb extends PlainVerb {
    /** Longer than that of a single verb: between two lines somebody thinks. */
    private static final Duration SESSION_TTL = Duration.ofSeconds(30);

    /** Of somebody who waits for a prompt. */
    private static final Duration PATIENCE = Duration.ofMillis(300);

    @Option(names = "--no-history", description = "Neither read nor write the history file.")
    private boolean noHistory;

    @Override
    public Integer call() throws IOException {
        return run(kvcli(), !noHistory);
    }

    static int run(KvCli kvcli, boolean withHistory) throws IOException {
        if (kvcli.isInShell()) {
            kvcli.complain("this is a shell already");
            return ExitCode.USAGE.number();
        }
        Streams streams = kvcli.streams();
        try (KvClient client = kvcli.connect(SESSION_TTL)) {
            KeptClient kept = kvcli.keep(client);
            if (!streams.isTerminal()) {
                Screen.Whole whole = lines -> streams.whole().accept(lines);
                return new Batch(
                                new Runner(kvcli, kept, Ink.PLAIN),
                                streams.out(),
                                whole,
                                streams.err())
                        .run(streams.in());
            }
            Optional<Path> history =
                    withHistory ? ShellHistory.usualFile(System.getenv()) : Optional.empty();
            try (Terminal terminal = terminal()) {
                Optional<String> pager = Optional.ofNullable(System.getenv("PAGER"));
                shell(kvcli, kept, terminal, history, pager, PATIENCE).run();
            }
            return ExitCode.OK.number();
        }
    }

    static Shell shell(
            KvCli kvcli,
            KeptClient kept,
            Terminal terminal,
            Optional<Path> history,
            Optional<String> pager,
            Duration patience) {
        Ink ink = kvcli.streams().outInk();
        return new Shell(
                terminal,
                new Runner(kvcli, kept, ink),
                kept.client(),
                kept.endpoints(),
                ink == Ink.COLOURED,
                history,
                pager,
                patience);
    }

    /** The process's own. */
    static Terminal terminal() throws IOException {
        return TerminalBuilder.builder()
                .name("kvcli")
                .system(true)
                .encoding(StandardCharsets.UTF_8)
                .jni(true)
                .exec(true)
                .ffm(false)
                .jna(false)
                .jansi(false)
                .dumb(true)
                .build();
    }

    /** Runs each line with options of its own over those that the shell was started with. */
    private record Runner(KvCli outer, KeptClient kept, Ink ink) implements Verbs {
        @Override
        public CommandSpec model() {
            return outer.inShell(outer.streams(), kept).line().getCommandSpec();
        }

        @Override
        public int run(List<String> words, Screen screen) {
            Streams streams =
                    new Streams(
                            screen.in(),
                            screen.out(),
                            outer.streams().isTerminal() ? screen.out() : outer.streams().err(),
                            outer.streams().isTerminal(),
                            ink,
                            ink,
                            lines -> screen.whole().show(lines),
                            screen.terminal().orElse(null));
            return outer.inShell(streams, kept).execute(words.toArray(String[]::new));
        }
    }
}
