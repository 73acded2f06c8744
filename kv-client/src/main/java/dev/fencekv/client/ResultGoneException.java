package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Status;

/**
 * The command was applied, but what it returned is no longer known: its answer was lost, and the
 * store keeps results of up to 256 bytes only for a command that is sent again. Do not do it again;
 * read what it left.
 */
public final class ResultGoneException extends FenceKvException {
    private final long revision;
    private final HybridTimestamp stamp;

    ResultGoneException(long revision, HybridTimestamp stamp) {
        super(
                Status.OK,
                "applied at revision " + revision + ", but its result was too large to be kept");
        this.revision = revision;
        this.stamp = stamp;
    }

    /** The store's revision that the command made. */
    public long revision() {
        return revision;
    }

    /** Of its effects, in hybrid logical time. */
    public HybridTimestamp stamp() {
        return stamp;
    }
}
