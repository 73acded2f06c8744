package dev.fencekv.server.replication;

import dev.fencekv.server.command.Outcome;

/**
 * Told what became of a proposal: exactly one method, exactly once, on any thread, with no lock
 * held. Must not block: it may be the thread that applies the log.
 */
public interface Completion {
    /** The state machine of this node has decided. */
    void applied(Outcome outcome);

    /** The command did not and will not apply. */
    void refused(Refusal refusal);

    /** The command may have applied, or may yet: its sender asks again, if it can. */
    void unknown();
}
