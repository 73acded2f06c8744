package dev.fencekv.cli.shell;

import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What runs now and can be asked to stop, and nothing else.
 *
 * <p>Assumptions: 1. One thread runs things; any thread interrupts.
 *
 * <p>Guarantees: 1. An interrupt reaches what runs, or nobody: none is left behind for what comes
 * next.
 */
final class Interruptible {
    /** Guarded by this; null between two runs. */
    private @Nullable Thread runner;

    /** Guarded by this: whether the last run was interrupted. */
    private boolean interrupted;

    int run(IntSupplier task) {
        begin();
        try {
            return task.getAsInt();
        } finally {
            end();
        }
    }

    private synchronized void begin() {
        runner = Thread.currentThread();
        interrupted = false;
    }

    private synchronized void end() {
        runner = null;
        Thread.interrupted();
    }

    /** Whether the last run was asked to stop. */
    synchronized boolean wasInterrupted() {
        return interrupted;
    }

    synchronized void interrupt() {
        if (runner != null) {
            interrupted = true;
            runner.interrupt();
        }
    }
}
