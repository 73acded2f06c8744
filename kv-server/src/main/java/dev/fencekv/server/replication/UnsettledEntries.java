package dev.fencekv.server.replication;

import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.Outcome;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/**
 * Entries of this node that may or may not be in the log: the leadership they were proposed in is
 * over, or the engine failed them. Their clients wait here for the truth.
 *
 * <p>Assumptions: (1) an entry is added before the first entry of a later term is applied here, if
 * it can be in the log at all; (2) {@link #met}, {@link #passed} and {@link #stateReplaced} are
 * called by the apply thread.
 *
 * <p>Guarantees: (1) an entry that apply meets is answered with its true outcomes; (2) an entry of
 * a term that the applied log has gone past without it is refused: it will never apply, because
 * terms never decrease along a log; (3) what a snapshot may have jumped over, and what waited for
 * {@link #WAIT_MS_MAX}, is answered with unknown.
 */
final class UnsettledEntries {
    static final long WAIT_MS_MAX = 4_000;
    private static final long WAIT_NANOS_MAX = WAIT_MS_MAX * 1_000_000;

    /** Guarded by this. */
    private final List<SealedEntry> entries = new ArrayList<>();

    /** Whether there are any: followers look at this for each entry that they apply. */
    private volatile boolean any;

    void add(SealedEntry entry) {
        synchronized (this) {
            if (!entry.isSettled() && !entries.contains(entry)) {
                entries.add(entry);
                any = true;
            }
        }
    }

    boolean isEmpty() {
        return !any;
    }

    /** Apply has met an entry that the engine did not know to be ours. */
    void met(long term, LogEntry applied, List<Outcome> outcomes) {
        if (any) {
            take(entry ->
                            entry.expectedTerm() == term
                                    && entry.content().proposed().equals(applied.proposed()))
                    .forEach(entry -> entry.settle(outcomes));
        }
    }

    /** The applied log has reached {@code term}. */
    void passed(long term, Refusal refusal) {
        if (any) {
            take(entry -> entry.expectedTerm() < term).forEach(entry -> entry.refuse(refusal));
        }
    }

    void stateReplaced() {
        take(entry -> true).forEach(SealedEntry::unknown);
    }

    void expire(long nowNanos) {
        if (any) {
            take(entry -> nowNanos - entry.sealedNanos() >= WAIT_NANOS_MAX)
                    .forEach(SealedEntry::unknown);
        }
    }

    /** Nobody will apply any more. */
    void giveUp() {
        take(entry -> true).forEach(SealedEntry::unknown);
    }

    /** Those that match, no longer registered; also drops what was settled elsewhere. */
    private List<SealedEntry> take(Predicate<SealedEntry> matching) {
        List<SealedEntry> taken = new ArrayList<>();
        synchronized (this) {
            for (Iterator<SealedEntry> all = entries.iterator(); all.hasNext(); ) {
                SealedEntry entry = all.next();
                if (matching.test(entry)) {
                    taken.add(entry);
                    all.remove();
                } else if (entry.isSettled()) {
                    all.remove();
                }
            }
            any = !entries.isEmpty();
        }
        return taken;
    }
}
