package dev.fencekv.cli;

import java.io.Console;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/**
 * Where kvcli reads and writes.
 *
 * @param isTerminal whether somebody sits at it: stdin and stdout are a terminal
 * @param outInk colours of what goes to {@code out}
 * @param errInk colours of what goes to {@code err}
 * @param whole shows the lines of a list that is complete; a shell may show them page by page
 * @param terminal a shell's, for verbs that draw on all of it; null if they have to open their own
 */
record Streams(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean isTerminal,
        Ink outInk,
        Ink errInk,
        Consumer<List<String>> whole,
        @Nullable Terminal terminal) {

    /** Those of the process. What it says is UTF-8. */
    static Streams ofProcess() {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        boolean isTerminal = isTerminal(System.console());
        Ink ink =
                isTerminal
                        ? Ink.forTerminal(System.getenv("NO_COLOR"), System.getenv("TERM"))
                        : Ink.PLAIN;
        // stderr may go elsewhere, and Java cannot tell.
        return new Streams(System.in, out, err, isTerminal, ink, Ink.PLAIN, printing(out), null);
    }

    /** Without anybody at a terminal. */
    static Streams plain(InputStream in, PrintStream out, PrintStream err) {
        return new Streams(in, out, err, false, Ink.PLAIN, Ink.PLAIN, printing(out), null);
    }

    private static Consumer<List<String>> printing(PrintStream out) {
        return lines -> {
            lines.forEach(out::println);
            out.flush();
        };
    }

    /**
     * Before Java 22 there is a console only if it is a terminal; since then it has to be asked.
     */
    private static boolean isTerminal(@Nullable Console console) {
        if (console == null) {
            return false;
        }
        try {
            Method ask = Console.class.getMethod("isTerminal");
            return (boolean) ask.invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
