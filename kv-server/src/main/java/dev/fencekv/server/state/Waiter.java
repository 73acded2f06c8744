package dev.fencekv.server.state;

import dev.fencekv.server.command.BytesOut;
import java.util.Comparator;

/** A place in a lock's queue. */
final class Waiter extends Item {
    static final Comparator<Waiter> BY_DEADLINE =
            Comparator.<Waiter>comparingLong(waiter -> waiter.deadlineMs)
                    .thenComparingLong(waiter -> waiter.place);

    final Lock lock;
    final Session session;
    final long owner;

    /** One dense sequence for the whole store: the order within each queue. */
    final long place;

    final long lockDelayMs;
    final LockUse use;

    /** In lease time, milliseconds. */
    long deadlineMs;

    Waiter(
            Lock lock,
            Session session,
            long owner,
            long place,
            long lockDelayMs,
            long deadlineMs,
            LockUse use) {
        this.use = use;
        this.lock = lock;
        this.session = session;
        this.owner = owner;
        this.place = place;
        this.lockDelayMs = lockDelayMs;
        this.deadlineMs = deadlineMs;
    }

    LockOwner lockOwner() {
        return new LockOwner(lock.name, owner);
    }

    @Override
    ItemKind kind() {
        return use.shared() ? ItemKind.SHARED_WAITER : ItemKind.WAITER;
    }

    @Override
    void encodeKey(BytesOut out) {
        out.putLong(place);
    }

    @Override
    void encodeContent(BytesOut out) {
        out.putText(lock.name.value());
        out.putLong(session.id.value());
        out.putLong(owner);
        out.putLong(lockDelayMs);
        out.putLong(deadlineMs);
        if (use.shared()) {
            out.putInt(use.permits());
        }
    }
}
