package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import java.util.ArrayList;
import java.util.List;

/** An engine whose log is a list; what becomes of an entry is decided by the test. */
final class FakeLog implements EntryLog {
    final List<SealedEntry> appended = new ArrayList<>();

    @Override
    public synchronized void append(SealedEntry entry) {
        appended.add(entry);
    }

    synchronized SealedEntry entry(int i) {
        return appended.get(i);
    }

    synchronized int size() {
        return appended.size();
    }

    List<Command> commands(int i) {
        return entry(i).content().commands();
    }

    /** Commits and applies it, with an OK for each command. */
    void apply(int i) {
        entry(i).applied(outcomes(entry(i)));
    }

    static List<Outcome> outcomes(SealedEntry entry) {
        List<Outcome> outcomes = new ArrayList<>();
        HybridTimestamp at = entry.content().proposed();
        for (int i = 0; i < entry.content().commands().size(); i++) {
            outcomes.add(new Outcome(Status.OK, i, at, Outcome.NOTHING));
            at = at.next();
        }
        return outcomes;
    }
}
