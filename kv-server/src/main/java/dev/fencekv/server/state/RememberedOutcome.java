package dev.fencekv.server.state;

import dev.fencekv.kv.SessionId;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.OutcomeCodec;
import org.jspecify.annotations.Nullable;

/** The outcome of one sequence number of a session, for ever the same. */
final class RememberedOutcome extends Item {
    /** What one costs of the memory for outcomes beside its result, in bytes: it and its place. */
    static final int FIXED_BYTES = 128;

    final SessionId session;
    final long sequence;

    /** Tells the command from another one under the same number. */
    final long commandHash;

    final Outcome outcome;
    final int resultBytes;

    /** The next in the same chain of its {@link OutcomeTable}. */
    @Nullable RememberedOutcome next;

    RememberedOutcome(
            SessionId session, long sequence, long commandHash, Outcome outcome, int resultBytes) {
        this.session = session;
        this.sequence = sequence;
        this.commandHash = commandHash;
        this.outcome = outcome;
        this.resultBytes = resultBytes;
    }

    long chargedBytes() {
        return (long) FIXED_BYTES + resultBytes;
    }

    @Override
    ItemKind kind() {
        return ItemKind.OUTCOME;
    }

    @Override
    void encodeKey(BytesOut out) {
        out.putLong(session.value());
        out.putLong(sequence);
    }

    @Override
    void encodeContent(BytesOut out) {
        out.putLong(commandHash);
        out.putShort(resultBytes);
        OutcomeCodec.encode(outcome, out);
    }
}
