package dev.fencekv.server.store;

import dev.fencekv.check.InvariantViolation;
import dev.fencekv.kv.Key;
import dev.fencekv.server.state.RecordCodec;

/**
 * Holds the state machine to its promise never to store more than the quota. Paired with the quota
 * check in apply: if the two disagree, we stop before the map is touched, not after it lost a
 * record.
 *
 * <p>Owned by the writer; read by any thread.
 */
final class ChargedBytes {
    private final long quotaBytes;

    /** In [0, quotaBytes]. */
    private volatile long charged;

    ChargedBytes(long quotaBytes) {
        this.quotaBytes = quotaBytes;
    }

    /** Settles {@code delta} bytes, or throws and changes nothing. */
    void add(long delta, Key key) {
        long after = charged + delta;
        if (after < 0 || after > quotaBytes) {
            throw new InvariantViolation(
                    "records of "
                            + after
                            + " bytes in a store opened for "
                            + quotaBytes
                            + ", at key "
                            + key);
        }
        charged = after;
    }

    long total() {
        return charged;
    }

    static long of(Key key, int valueBytes) {
        return RecordCodec.charge(key.length(), valueBytes);
    }
}
