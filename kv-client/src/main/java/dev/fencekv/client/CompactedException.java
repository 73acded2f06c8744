package dev.fencekv.client;

import dev.fencekv.kv.Status;

/**
 * What was asked for lies before the history of every node that was asked: it cannot be had any
 * more. What is there now can be read. How far history goes back is set by {@code history-bytes}
 * and {@code history-revisions}.
 */
public final class CompactedException extends FenceKvException {
    private static final long serialVersionUID = 1L;

    private final long oldestRevision;

    CompactedException(String message) {
        super(Status.COMPACTED, message);
        this.oldestRevision = 0;
    }

    CompactedException(long oldestRevision) {
        super(
                Status.COMPACTED,
                "COMPACTED: history goes back to revision "
                        + oldestRevision
                        + " only; begin anew, as of now or of a later revision");
        this.oldestRevision = oldestRevision;
    }

    /**
     * The oldest revision as of which the last node that was asked can read, and behind which it
     * can tell every event; 0 if it did not say.
     */
    public long oldestRevision() {
        return oldestRevision;
    }
}
