package dev.fencekv.client;

import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.WaiterInfo;
import java.util.List;
import java.util.Optional;

/**
 * A place in a lock's queue, and who holds the lock a moment later.
 *
 * @param ahead how many will be granted the lock before, from 0; the one who holds it now does not
 *     count
 * @param waiters how many wait, this one included
 * @param holders who hold it, in order of token, several if they share it: the first {@link
 *     Limits#LIST_ROWS_MAX}; empty if it is closed by a lock-delay, or was given back just now
 * @param remainingMs lease time until the wait ends
 */
public record QueuePlace(int ahead, int waiters, List<HolderInfo> holders, long remainingMs) {
    public QueuePlace {
        holders = List.copyOf(holders);
    }

    /**
     * Without holders. Empty if the owner is not among those that the store lists: the first
     * thousand.
     */
    static Optional<QueuePlace> of(LockInfo lock, SessionId session, long owner) {
        List<WaiterInfo> queue = lock.queue();
        for (int i = 0; i < queue.size(); i++) {
            WaiterInfo waiter = queue.get(i);
            if (waiter.session().equals(session) && waiter.owner() == owner) {
                return Optional.of(
                        new QueuePlace(i, lock.waiters(), List.of(), waiter.remainingMs()));
            }
        }
        return Optional.empty();
    }

    QueuePlace withHolders(List<HolderInfo> now) {
        return new QueuePlace(ahead, waiters, now, remainingMs);
    }
}
