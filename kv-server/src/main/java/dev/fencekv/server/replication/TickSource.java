package dev.fencekv.server.replication;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gives the combiner a tick when one is due. Called by whoever holds the combiner's turn. */
interface TickSource {
    /** The tick that the next entry of {@code term} carries; null if none is due. */
    @Nullable Proposal takeDue(Term term, long nowNanos);

    /** The tick that was taken last is about to be appended with {@code entry}. */
    void sealed(SealedEntry entry);

    /** Renewals that no tick has taken are refused unless they belong to {@code current}. */
    void refuseOthers(@Nullable Term current, Supplier<Refusal> refusal);
}
