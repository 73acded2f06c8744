package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Command;
import java.util.List;
import java.util.TreeMap;

/**
 * Lets time pass, and ends what is due by it. Lease time is a counter in the state that only ticks
 * advance, by what the leader's monotonic clock says and never by more than a cap: a leader that
 * slept cannot expire everyone on waking (DESIGN section 5).
 */
final class LeaseTime {
    private final Counters counters;
    private final Sessions sessions;
    private final Locks locks;
    private final Records records;
    private final Expiries expiries;
    private final Change change;

    LeaseTime(
            Counters counters,
            Sessions sessions,
            Locks locks,
            Records records,
            Expiries expiries,
            Change change) {
        this.counters = counters;
        this.sessions = sessions;
        this.locks = locks;
        this.records = records;
        this.expiries = expiries;
        this.change = change;
    }

    /**
     * Advances; renews; ends the sessions that are due; then the keys, then the waits that are due;
     * then hands over what became free. Nobody is granted a lock by a tick that ends his own
     * session or wait.
     */
    void tick(Command.Tick tick) {
        counters.leaseTimeMs += Math.min(tick.elapsedMs(), Limits.TICK_ELAPSED_MS_MAX);
        TreeMap<LockName, Lock> freed = new TreeMap<>();
        renew(tick.renewals(), freed);
        endDueSessions(freed);
        endDueKeys();
        endDueWaits(freed);
        openDueLocks(freed);
        handOver(freed);
    }

    private void renew(List<SessionId> renewals, TreeMap<LockName, Lock> freed) {
        for (SessionId id : renewals) {
            Session session = sessions.findLive(id);
            if (session != null) {
                passesAgain(session, freed);
                sessions.renew(session);
            }
        }
    }

    /** An earlier tick may have passed over a session that was due, and left its locks free. */
    private void passesAgain(Session session, TreeMap<LockName, Lock> freed) {
        if (session.deadlineMs <= counters.leaseTimeMs) {
            for (Waiter waiter : session.waits.values()) {
                freed.put(waiter.lock.name, waiter.lock);
            }
        }
    }

    /** What is left when so much has ended ends in the next tick: no entry takes long to apply. */
    private void endDueSessions(TreeMap<LockName, Lock> freed) {
        int things = 0;
        for (int i = 0; i < Limits.SESSION_ENDS_PER_TICK_MAX; i++) {
            Session due = sessions.firstDue();
            if (due == null || things >= Limits.ENDED_WITH_SESSIONS_PER_TICK_MAX) {
                return;
            }
            things += due.keys.size() + due.waits.size() + due.grants.size();
            end(due, FenceReason.EXPIRED, freed);
        }
    }

    /** Not writes by anybody, so no guard is asked. */
    private void endDueKeys() {
        for (int i = 0; i < Limits.KEY_ENDS_PER_TICK_MAX; i++) {
            Key due = expiries.firstDue();
            if (due == null) {
                return;
            }
            change.effect();
            endKey(due);
        }
    }

    private void endKey(Key key) {
        try (KvStore.Slot slot = records.hold(key)) {
            Check.invariant(slot.record().exists(), "a key that ends by time is there");
            long owner = slot.record().owner();
            if (owner != SessionId.NONE.value()) {
                Session session = sessions.findLive(new SessionId(owner));
                Check.present(session, "the owner of a key").keys.remove(key);
            }
            records.remove(key, slot, change);
        }
    }

    private void endDueWaits(TreeMap<LockName, Lock> freed) {
        for (int i = 0; i < Limits.WAIT_ENDS_PER_TICK_MAX; i++) {
            Waiter due = locks.firstDueWaiter();
            if (due == null) {
                return;
            }
            change.effect();
            locks.endWait(due, Status.LOCK_BUSY, FencingToken.NONE);
            freed.put(due.lock.name, due.lock);
        }
    }

    private void openDueLocks(TreeMap<LockName, Lock> freed) {
        for (int i = 0; i < Limits.LOCK_OPENINGS_PER_TICK_MAX; i++) {
            Lock opened = locks.openFirstDue();
            if (opened == null) {
                return;
            }
            freed.put(opened.name, opened);
        }
    }

    /** A client gives its session up: everything ends cleanly, and is handed over at once. */
    void close(Session session) {
        TreeMap<LockName, Lock> freed = new TreeMap<>();
        end(session, FenceReason.RELEASED, freed);
        handOver(freed);
    }

    /**
     * Not a write by anybody, so no guard is asked. Its keys, its places in queues, its grants,
     * each in order, all at one revision.
     */
    private void end(Session session, FenceReason how, TreeMap<LockName, Lock> freed) {
        change.effect();
        for (Key key : List.copyOf(session.keys)) {
            remove(key);
        }
        session.keys.clear();
        for (Waiter waiter : List.copyOf(session.waits.values())) {
            locks.endWait(waiter, Status.SESSION_EXPIRED, FencingToken.NONE);
            freed.put(waiter.lock.name, waiter.lock);
        }
        for (FencingToken token : List.copyOf(session.grants.keySet())) {
            Lock lock = session.grants.get(token);
            locks.endGrant(lock, token, how);
            freed.put(lock.name, lock);
        }
        sessions.end(session);
    }

    private void remove(Key key) {
        try (KvStore.Slot slot = records.hold(key)) {
            Check.invariant(slot.record().exists(), "a session owns keys that are there");
            records.remove(key, slot, change);
        }
    }

    private void handOver(TreeMap<LockName, Lock> freed) {
        for (Lock lock : freed.values()) {
            locks.handOver(lock);
        }
    }
}
