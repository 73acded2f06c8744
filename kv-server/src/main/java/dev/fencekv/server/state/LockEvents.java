package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockEventType;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.BytesOut;

/**
 * Tells history what happens to locks, for those who watch them. A node's own, as history is:
 * nothing here is part of the replicated state. Owned by the thread that applies.
 */
final class LockEvents {
    private final History history;
    private final Change change;
    private final BytesOut scratch = new BytesOut(256);

    LockEvents(History history, Change change) {
        this.history = history;
        this.change = change;
    }

    void granted(Lock lock, Grant grant, LockUse use) {
        happened(LockEventType.GRANTED, lock, grant, use, 0);
    }

    /**
     * @param delayMs for how long nobody is granted the lock now
     */
    void ended(Lock lock, Grant grant, LockUse use, FenceReason how, long delayMs) {
        happened(LockEventType.endedBy(how), lock, grant, use, delayMs);
    }

    void queued(Waiter waiter) {
        happened(LockEventType.QUEUED, waiter);
    }

    /** Without a grant. */
    void leftQueue(Waiter waiter) {
        happened(LockEventType.LEFT_QUEUE, waiter);
    }

    private void happened(LockEventType type, Lock lock, Grant grant, LockUse use, long delayMs) {
        write(type, lock, grant.token(), grant.session(), grant.owner(), use, delayMs);
    }

    private void happened(LockEventType type, Waiter waiter) {
        write(type, waiter.lock, FencingToken.NONE, waiter.session, waiter.owner, waiter.use, 0);
    }

    private void write(
            LockEventType type,
            Lock lock,
            FencingToken token,
            Session session,
            long owner,
            LockUse use,
            long delayMs) {
        change.effect();
        scratch.clear();
        scratch.putByte(type.code());
        scratch.putText(lock.name.value());
        scratch.putLong(token.value());
        scratch.putLong(session.id.value());
        scratch.putLong(owner);
        scratch.putText(session.label.value());
        scratch.putBoolean(use.shared());
        scratch.putInt(use.permits());
        scratch.putLong(delayMs);
        history.lockChanged(scratch);
    }

    /** The event of an entry of history. */
    static LockEvent read(BytesIn in, long revision, HybridTimestamp stamp) {
        return new LockEvent(
                LockEventType.ofCode(in.getByte()),
                revision,
                stamp,
                new LockName(in.getText()),
                new FencingToken(in.getLong()),
                new SessionId(in.getLong()),
                in.getLong(),
                new SessionLabel(in.getText()),
                in.getBoolean(),
                in.getInt(),
                in.getLong());
    }
}
