package dev.fencekv.client;

import dev.fencekv.kv.Status;

/** {@code ifRevision} or {@code ifAbsent} did not hold: the write did not and will not apply. */
public final class ConditionFailedException extends FenceKvException {
    private final long actualRevision;

    ConditionFailedException(long actualRevision) {
        super(
                Status.CONDITION_FAILED,
                actualRevision == 0
                        ? "condition failed: the key is absent"
                        : "condition failed: the key has modify revision " + actualRevision);
        this.actualRevision = actualRevision;
    }

    /** The modify revision that the key has; 0 if it is absent. */
    public long actualRevision() {
        return actualRevision;
    }
}
