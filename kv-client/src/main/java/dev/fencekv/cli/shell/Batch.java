package dev.fencekv.cli.shell;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The shell without a terminal: runs the statements of a stream in one session, and stops at the
 * first that fails. Owned by the thread that runs it.
 */
public final class Batch {
    private final Verbs verbs;
    private final PrintStream out;
    private final Screen.Whole whole;
    private final PrintStream err;

    public Batch(Verbs verbs, PrintStream out, Screen.Whole whole, PrintStream err) {
        this.verbs = verbs;
        this.out = out;
        this.whole = whole;
        this.err = err;
    }

    /** Returns the exit code of the statement that failed, or 0. */
    public int run(InputStream statements) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(statements, StandardCharsets.UTF_8));
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            int first = number;
            StringBuilder typed = new StringBuilder(line);
            while (Statement.isUnfinished(typed.toString())) {
                String next = lines.readLine();
                if (next == null) {
                    break;
                }
                number++;
                typed.append('\n').append(next);
            }
            int code = run(Statement.of(typed.toString()));
            if (code != 0) {
                err.println("kvcli: stopped at line " + first);
                return code;
            }
        }
        return 0;
    }

    private int run(Statement statement) {
        List<String> words = statement.words();
        if (words.isEmpty() || words.get(0).startsWith("#")) {
            return 0;
        }
        byte[] in = statement.block().orElse("").getBytes(StandardCharsets.UTF_8);
        return verbs.run(
                words, new Screen(new ByteArrayInputStream(in), out, whole, Optional.empty()));
    }
}
