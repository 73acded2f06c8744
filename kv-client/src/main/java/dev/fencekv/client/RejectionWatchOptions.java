package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockNames;
import java.time.Duration;

/**
 * What a watch of rejections tells. Immutable: each method returns a changed copy.
 *
 * @param range of the keys that were to be changed; releases of locks and admissions by gates,
 *     which are about no key, are told only if this is of all keys
 * @param locks whose tokens were shown or demanded
 * @param enforcedOnly whether nothing is told of what an observing guard let through
 * @param fromRevision the first revision to tell, from 1; 0: what happens from now on
 * @param progress how often {@link WatchListener#onProgress} is told how far a watch is to which
 *     nothing happens: 100 ms to 1 h
 */
public record RejectionWatchOptions(
        KeyRange range,
        LockNames locks,
        boolean enforcedOnly,
        long fromRevision,
        Duration progress) {
    /** Everything that is refused, or would have been, from now on. */
    public static final RejectionWatchOptions ALL =
            new RejectionWatchOptions(KeyRange.ALL, LockNames.ALL, false, 0, Duration.ofSeconds(5));

    public RejectionWatchOptions {
        Check.atLeast(0, fromRevision, "fromRevision");
        Check.inRange(100, 3_600_000, progress.toMillis(), "progress in ms");
    }

    /** Only of keys that start with {@code prefix}; of everything if it is empty. */
    public RejectionWatchOptions keys(String prefix) {
        return keys(KeyRange.prefix(prefix));
    }

    /** Only of the keys of a range. */
    public RejectionWatchOptions keys(KeyRange keys) {
        return new RejectionWatchOptions(keys, locks, enforcedOnly, fromRevision, progress);
    }

    /** Only about tokens of these locks. */
    public RejectionWatchOptions locks(LockNames names) {
        return new RejectionWatchOptions(range, names, enforcedOnly, fromRevision, progress);
    }

    /** Nothing of what an observing guard let through. */
    public RejectionWatchOptions withoutObserved() {
        return new RejectionWatchOptions(range, locks, true, fromRevision, progress);
    }

    /** From this revision on, itself included; 0: from now on. */
    public RejectionWatchOptions from(long revision) {
        return new RejectionWatchOptions(range, locks, enforcedOnly, revision, progress);
    }

    /**
     * How often the listener is told how far the watch is though nothing happens: 100 ms to 1 h.
     */
    public RejectionWatchOptions progress(Duration interval) {
        return new RejectionWatchOptions(range, locks, enforcedOnly, fromRevision, interval);
    }
}
