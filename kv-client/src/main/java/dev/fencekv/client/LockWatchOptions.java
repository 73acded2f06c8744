package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.LockNames;
import java.time.Duration;

/**
 * What a watch of locks tells. Immutable: each method returns a changed copy.
 *
 * @param locks which locks
 * @param fromRevision the first revision to tell, from 1; 0: what happens from now on
 * @param queue whether it is also told who begins to wait, and ceases to without a grant
 * @param progress how often {@link WatchListener#onProgress} is told how far a watch is to which
 *     nothing happens: 100 ms to 1 h
 */
public record LockWatchOptions(
        LockNames locks, long fromRevision, boolean queue, Duration progress) {
    private static final Duration PROGRESS = Duration.ofSeconds(5);

    public LockWatchOptions {
        Check.atLeast(0, fromRevision, "fromRevision");
        Check.inRange(100, 3_600_000, progress.toMillis(), "progress in ms");
    }

    /** One lock, from now on. */
    public static LockWatchOptions lock(String name) {
        return of(LockNames.only(new LockName(name)));
    }

    /** Locks whose names start with {@code prefix}, all locks if it is empty; from now on. */
    public static LockWatchOptions prefix(String prefix) {
        return of(LockNames.startingWith(prefix));
    }

    /** Grants of these locks and their ends, from now on. */
    public static LockWatchOptions of(LockNames locks) {
        return new LockWatchOptions(locks, 0, false, PROGRESS);
    }

    /** From this revision on, itself included; 0: from now on. */
    public LockWatchOptions from(long revision) {
        return new LockWatchOptions(locks, revision, queue, progress);
    }

    /** Also who waits: QUEUED, and LEFT_QUEUE. */
    public LockWatchOptions withQueue() {
        return new LockWatchOptions(locks, fromRevision, true, progress);
    }

    /**
     * How often the listener is told how far the watch is though nothing happens: 100 ms to 1 h.
     */
    public LockWatchOptions progress(Duration interval) {
        return new LockWatchOptions(locks, fromRevision, queue, interval);
    }
}
