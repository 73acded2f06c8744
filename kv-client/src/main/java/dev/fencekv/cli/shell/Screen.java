package dev.fencekv.cli.shell;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.Terminal;

/**
 * Where a verb that runs in a shell reads and writes.
 *
 * @param in what is typed, or the lines of a block
 * @param out what is shown at once, in UTF-8
 * @param whole shows the lines of what is complete, page by page if they are many
 * @param terminal for verbs that draw on all of it; empty if there is none
 */
public record Screen(InputStream in, PrintStream out, Whole whole, Optional<Terminal> terminal) {
    /** Shows complete text. */
    @FunctionalInterface
    public interface Whole {
        void show(List<String> lines);
    }
}
