package dev.fencekv.client;

import dev.fencekv.kv.Status;

/**
 * {@code ifRevision} or {@code ifAbsent} did not hold, or nobody ever had a guard's lock alone: the
 * command did not and will not apply.
 */
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

    /** What was asked needs something that is not so. */
    ConditionFailedException(String what) {
        super(Status.CONDITION_FAILED, "condition failed: " + what);
        this.actualRevision = 0;
    }

    /** The modify revision that the key has; 0 if it is absent, or if it is not about a key. */
    public long actualRevision() {
        return actualRevision;
    }
}
