package dev.fencekv.server.replication;

import dev.fencekv.check.Check;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.Outcome;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An entry on its way through the engine, with the proposals it was made of. The engine ends it
 * with exactly one of {@link #applied}, {@link #notAppended} and {@link #lost}; only the first call
 * counts.
 *
 * <p>Term and stamp together name an entry: a leader never uses a stamp twice within a term, so the
 * entry is recognized in the log even when the engine has forgotten whose it was.
 */
public final class SealedEntry {
    private final Combiner combiner;
    private final Term term;
    private final LogEntry content;
    private final List<Proposal> proposals;
    private final byte[] bytes;
    private final long sealedNanos;
    private final AtomicBoolean ended = new AtomicBoolean();

    /** Whether the engine could not say what became of it. */
    private volatile boolean lost;

    SealedEntry(
            Combiner combiner,
            Term term,
            LogEntry content,
            List<Proposal> proposals,
            byte[] bytes,
            long sealedNanos) {
        this.combiner = combiner;
        this.term = term;
        this.content = content;
        this.proposals = proposals;
        this.bytes = bytes;
        this.sealedNanos = sealedNanos;
    }

    /** What goes into the log. */
    public byte[] bytes() {
        return bytes;
    }

    /** What the bytes say. */
    public LogEntry content() {
        return content;
    }

    /** The only term in which the engine may append it. */
    public long expectedTerm() {
        return term.number();
    }

    /** It is in the log for ever, and this node has applied it. */
    public void applied(List<Outcome> outcomes) {
        settle(outcomes);
        end();
    }

    /** It is in no log and never will be. */
    public void notAppended(Refusal refusal) {
        for (Proposal proposal : proposals) {
            proposal.refuse(refusal);
        }
        end();
    }

    /** The engine cannot say whether it is in a log. Apply may still meet it. */
    public void lost() {
        if (!ended.get()) {
            lost = true;
            combiner.unsettled().add(this);
        }
        end();
    }

    private void end() {
        if (ended.compareAndSet(false, true)) {
            combiner.finished(term, this);
        }
    }

    /**
     * Whether it may still be applied, as far as anybody knows: the engine has it, or has lost it
     * and apply may yet meet it. Not for ever: see {@link UnsettledEntries#WAIT_MS_MAX}.
     */
    boolean isUndecided() {
        return lost ? !isSettled() : !ended.get();
    }

    Term term() {
        return term;
    }

    long sealedNanos() {
        return sealedNanos;
    }

    void settle(List<Outcome> outcomes) {
        Check.invariant(
                outcomes.size() == proposals.size(),
                "an outcome for each command",
                outcomes.size(),
                proposals.size());
        for (int i = 0; i < proposals.size(); i++) {
            proposals.get(i).applied(outcomes.get(i));
        }
    }

    void refuse(Refusal refusal) {
        for (Proposal proposal : proposals) {
            proposal.refuse(refusal);
        }
    }

    /** Its renewals may be sent again to whoever leads now: nobody should wait for their truth. */
    void forgetTick() {
        for (Proposal proposal : proposals) {
            if (proposal.command().kind() == Command.Kind.TICK) {
                proposal.unknown();
            }
        }
    }

    void unknown() {
        for (Proposal proposal : proposals) {
            proposal.unknown();
        }
    }

    boolean isSettled() {
        for (Proposal proposal : proposals) {
            if (!proposal.isSettled()) {
                return false;
            }
        }
        return true;
    }
}
