package dev.fencekv.client;

import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.WaiterInfo;
import java.util.List;
import java.util.Optional;

/**
 * A place in a lock's queue, at one moment.
 *
 * @param ahead how many will be granted the lock before, from 0; the one who holds it now does not
 *     count
 * @param waiters how many wait, this one included
 * @param holder who holds it; empty if it is closed by a lock-delay
 * @param remainingMs lease time until the wait ends
 */
public record QueuePlace(int ahead, int waiters, Optional<GrantInfo> holder, long remainingMs) {
    /** Empty if the owner is not among those that the store lists: the first thousand. */
    static Optional<QueuePlace> of(LockInfo lock, SessionId session, long owner) {
        List<WaiterInfo> queue = lock.queue();
        for (int i = 0; i < queue.size(); i++) {
            WaiterInfo waiter = queue.get(i);
            if (waiter.session().equals(session) && waiter.owner() == owner) {
                return Optional.of(
                        new QueuePlace(i, lock.waiters(), lock.grant(), waiter.remainingMs()));
            }
        }
        return Optional.empty();
    }
}
