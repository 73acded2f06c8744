package dev.fencekv.cli.shell;

import dev.fencekv.client.KvClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.History;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.InfoCmp.Capability;

/**
 * Reads statements from a terminal and runs them, one after the other, until it is left. No failure
 * of a verb ends it.
 *
 * <p>Ctrl-C at the prompt drops what was typed; while a verb runs it stops the verb. Ctrl-D at an
 * empty prompt leaves.
 *
 * <p>Owned by the thread that runs it.
 */
public final class Shell {
    private static final int HISTORY_LINES_MAX = 2000;
    private static final String GOES_ON = "  ... ";

    private final Terminal terminal;
    private final Verbs verbs;
    private final boolean coloured;
    private final Prompt prompt;
    private final Pager pager;
    private final LineReader lines;
    private final PrintStream out;
    private final Interruptible running = new Interruptible();

    /**
     * @param terminal is not closed
     * @param client is not closed
     * @param coloured whether colours are wanted
     * @param historyFile where lines are kept from one shell to the next; empty to keep none
     * @param patience how long a prompt or a TAB may wait for the cluster's answer
     * @param pager the user's, a command for {@code sh -c}; empty for one of the shell's own
     */
    public Shell(
            Terminal terminal,
            Verbs verbs,
            KvClient client,
            List<String> endpoints,
            boolean coloured,
            Optional<Path> historyFile,
            Optional<String> pager,
            Duration patience) {
        this.terminal = terminal;
        this.verbs = verbs;
        this.coloured = coloured;
        this.prompt = new Prompt(client, endpoints, patience);
        this.pager = new Pager(terminal, pager);
        this.out = new PrintStream(terminal.output(), true, StandardCharsets.UTF_8);
        LineReaderBuilder builder =
                LineReaderBuilder.builder()
                        .appName("kvcli")
                        .terminal(terminal)
                        .parser(new StatementParser())
                        .completer(
                                new VerbCompleter(
                                        verbs.model(), new LiveNames(client, endpoints, patience)))
                        .history(new ShellHistory())
                        // An exclamation mark in a value is an exclamation mark.
                        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                        .option(LineReader.Option.HISTORY_IGNORE_SPACE, true)
                        .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
                        // Its mark has a colour.
                        .option(LineReader.Option.AUTO_FRESH_LINE, coloured)
                        .option(LineReader.Option.INSERT_TAB, false)
                        .variable(LineReader.HISTORY_SIZE, HISTORY_LINES_MAX)
                        .variable(LineReader.HISTORY_FILE_SIZE, HISTORY_LINES_MAX)
                        .variable(LineReader.SECONDARY_PROMPT_PATTERN, GOES_ON);
        if (!coloured) {
            withoutColours(builder);
        }
        usable(historyFile).ifPresent(it -> builder.variable(LineReader.HISTORY_FILE, it));
        this.lines = builder.build();
    }

    /** Lists of candidates have colours of their own unless told otherwise. */
    private static void withoutColours(LineReaderBuilder builder) {
        for (String style :
                List.of(
                        LineReader.COMPLETION_STYLE_STARTING,
                        LineReader.COMPLETION_STYLE_LIST_STARTING,
                        LineReader.COMPLETION_STYLE_GROUP,
                        LineReader.COMPLETION_STYLE_LIST_GROUP)) {
            builder.variable(style, "bold");
        }
        for (String style :
                List.of(
                        LineReader.COMPLETION_STYLE_DESCRIPTION,
                        LineReader.COMPLETION_STYLE_LIST_DESCRIPTION)) {
            builder.variable(style, "fg:default");
        }
        for (String style :
                List.of(
                        LineReader.COMPLETION_STYLE_BACKGROUND,
                        LineReader.COMPLETION_STYLE_LIST_BACKGROUND)) {
            builder.variable(style, "bg:default");
        }
        for (String style :
                List.of(
                        LineReader.COMPLETION_STYLE_SELECTION,
                        LineReader.COMPLETION_STYLE_LIST_SELECTION)) {
            builder.variable(style, "inverse");
        }
    }

    private Optional<Path> usable(Optional<Path> historyFile) {
        if (historyFile.isEmpty()) {
            return historyFile;
        }
        try {
            ShellHistory.prepare(historyFile.get());
            return historyFile;
        } catch (IOException | UnsupportedOperationException e) {
            out.println("The history of this shell is not kept: cannot use " + e.getMessage());
            return Optional.empty();
        }
    }

    /** Returns when it is left. */
    public void run() {
        terminal.handle(Terminal.Signal.INT, signal -> running.interrupt());
        out.println("TAB completes, help lists the verbs, Ctrl-D leaves.");
        while (true) {
            String typed;
            try {
                typed = lines.readLine(prompt());
            } catch (UserInterruptException e) {
                continue;
            } catch (EndOfFileException e) {
                return;
            }
            if (!obey(Statement.of(typed))) {
                return;
            }
        }
    }

    private String prompt() {
        AttributedString next = prompt.next();
        return coloured ? next.toAnsi(terminal) : next.toString();
    }

    /** Whether the shell goes on. */
    private boolean obey(Statement statement) {
        List<String> words = statement.words();
        if (words.isEmpty() || words.get(0).startsWith("#")) {
            return true;
        }
        String first = words.get(0);
        if (BuiltIn.EXIT.isCalled(first) && words.size() == 1) {
            return false;
        }
        if (BuiltIn.CLEAR.isCalled(first)) {
            terminal.puts(Capability.clear_screen);
            terminal.flush();
        } else if (BuiltIn.HISTORY.isCalled(first)) {
            showHistory();
        } else if (BuiltIn.HELP.isCalled(first)) {
            List<String> asked = new ArrayList<>(words.subList(1, words.size()));
            asked.add("--help");
            run(asked, typedIn());
        } else {
            run(words, statement.block().map(Shell::bytes).orElseGet(this::typedIn));
        }
        return true;
    }

    private void run(List<String> words, InputStream in) {
        try {
            running.run(() -> verbs.run(words, new Screen(in, out, pager, Optional.of(terminal))));
        } catch (RuntimeException e) {
            // Whatever it is: what was typed before, and the session, are worth more.
            out.println("kvcli: failed: " + e);
        }
        if (running.wasInterrupted()) {
            terminal.flush();
            out.println(); // After the ^C that the terminal shows.
        }
        out.flush();
    }

    private static InputStream bytes(String block) {
        return new ByteArrayInputStream(block.getBytes(StandardCharsets.UTF_8));
    }

    private InputStream typedIn() {
        return new TypedInput(lines);
    }

    private void showHistory() {
        List<String> shown = new ArrayList<>();
        for (History.Entry entry : lines.getHistory()) {
            shown.add("%5d  %s".formatted(entry.index() + 1, entry.line()));
        }
        pager.show(shown.isEmpty() ? List.of("nothing so far") : shown);
    }
}
