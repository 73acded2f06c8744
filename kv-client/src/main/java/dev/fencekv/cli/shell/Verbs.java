package dev.fencekv.cli.shell;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** What the shell runs, without knowing it. Called by the shell's thread. */
public interface Verbs {
    /** All verbs, to complete words by. */
    CommandSpec model();

    /**
     * Runs a verb to its end; what went wrong is said on {@code screen}. An interrupt of the thread
     * asks it to stop.
     *
     * @return its exit code
     */
    int run(List<String> words, Screen screen);
}
