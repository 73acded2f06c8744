package dev.fencekv.server.store;

import dev.fencekv.check.InvariantViolation;
import dev.fencekv.kv.Key;
import dev.fencekv.server.state.RecordCodec;

/**
 * Holds the state machine to its promise never to store more than the quota. Paired with the quota
 * check in apply: if the two disagree, we stop before the store is touched, not after a full map
 * has lost a record.
 *
 * <p>Owned by the writer; any thread may read the totals.
 */
final class QuotaAccount {
    /** The charge of a record that is not there. */
    static final long ABSENT = 0;

    private final long quotaBytes;

    /** In [0, quotaBytes]. */
    private volatile long chargedBytes;

    private volatile long records;

    /** The most that was ever charged. */
    private volatile long peakBytes;

    QuotaAccount(long quotaBytes) {
        this.quotaBytes = quotaBytes;
    }

    static long chargeOf(Key key, int valueBytes) {
        return RecordCodec.charge(key.length(), valueBytes);
    }

    /** A record's charge goes from {@code before} to {@code after}; throws and changes nothing. */
    void settle(Key key, long before, long after) {
        long total = chargedBytes - before + after;
        if (total < 0 || total > quotaBytes) {
            throw new InvariantViolation(
                    "writing key "
                            + key
                            + " would make "
                            + total
                            + " bytes of records in a store opened for "
                            + quotaBytes);
        }
        chargedBytes = total;
        records = records + (after == ABSENT ? 0 : 1) - (before == ABSENT ? 0 : 1);
        peakBytes = Math.max(peakBytes, total);
    }

    long chargedBytes() {
        return chargedBytes;
    }

    long peakBytes() {
        return peakBytes;
    }

    long records() {
        return records;
    }
}
