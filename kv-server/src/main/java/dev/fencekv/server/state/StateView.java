package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GateInfo;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionInfo;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.SettingInfo;
import dev.fencekv.kv.Versioned;
import dev.fencekv.kv.WaiterInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the state; changes nothing. To be called while nobody applies. */
public final class StateView {
    /** What has become of an acquire. */
    public enum WaitState {
        GRANTED,
        QUEUED,
        /** Neither: the wait has ended, or there was none. */
        ENDED
    }

    /**
     * Where (session, owner) stands with a lock, in one way of holding it.
     *
     * @param number of the place in the queue, if QUEUED
     * @param grant if GRANTED
     */
    public record LockPlace(WaitState state, long number, Optional<GrantInfo> grant) {
        static final LockPlace ENDED = new LockPlace(WaitState.ENDED, 0, Optional.empty());
    }

    private final KvStateMachine state;

    StateView(KvStateMachine state) {
        this.state = state;
    }

    public @Nullable Versioned get(Key key) {
        return state.records.get(key);
    }

    /** Whether the records as of a moment can be read here. */
    public enum Standing {
        /** By {@link #recordsAsOf}. */
        KNOWN,
        /** Records have changed since, and what they were is not known here. */
        COMPACTED,
        /** It is yet to come: the answer could still change. */
        AHEAD
    }

    public Standing standing(AsOf at) {
        if (at.revision() > state.counters.revision
                || at.stamp().isAfter(state.counters.lastStamp)) {
            return Standing.AHEAD;
        }
        boolean known =
                at.isNow()
                        || (at.revision() > 0
                                ? state.history.knows(at.revision())
                                : state.history.knows(at.stamp()));
        return known ? Standing.KNOWN : Standing.COMPACTED;
    }

    /** The records as of a moment that is KNOWN. */
    public RecordsAsOf recordsAsOf(AsOf at) {
        Check.invariant(standing(at) == Standing.KNOWN, "the moment is known");
        long revision =
                at.isNow()
                        ? state.counters.revision
                        : at.revision() > 0
                                ? at.revision()
                                : Math.max(1, state.history.revisionAt(at.stamp()));
        return new RecordsAsOf(state.records, state.history, revision);
    }

    /** The oldest revision as of which the records are known here; all later ones are. */
    public long oldestRevision() {
        return state.history.oldestRevision();
    }

    /** What history takes outside the heap, in bytes. */
    public long historyMemoryBytes() {
        return state.history.memoryBytes();
    }

    /** As {@link #judgeRead(Key, List)}, for a read of all keys of a range. */
    public List<FenceViolation> judgeRead(KeyRange range, List<Fence> fences) {
        return fences.isEmpty()
                ? List.of()
                : state.fencing.checkRead(range, fences, state.guards.intersecting(range));
    }

    /**
     * How long {@code key} lives on at least, in milliseconds of lease time; {@link
     * Operation#NEVER} if it does not end by time, or is not there.
     */
    public long remainingMs(Key key) {
        return state.expiries.remainingMs(key);
    }

    /** How many keys end by time. */
    public int expiringKeyCount() {
        return state.expiries.count();
    }

    /**
     * What forbids a read of {@code key} by these tokens: to be asked after the value was read.
     * Tokens that ended never live again, so one that lives now lived then.
     */
    public List<FenceViolation> judgeRead(Key key, List<Fence> fences) {
        if (fences.isEmpty()) {
            return List.of();
        }
        List<FenceViolation> violations = new ArrayList<>(1);
        for (FenceViolation violation :
                state.fencing.check(fences, state.guards.innermost(key)).enforced()) {
            // What guards demand they demand of writes.
            if (violation.reason() != FenceReason.FENCE_REQUIRED) {
                violations.add(violation);
            }
        }
        return violations;
    }

    public boolean isLive(SessionId session) {
        return state.sessions.findLive(session) != null;
    }

    /** Whether it was live once and is no longer, remembered or not. */
    public boolean hasEnded(SessionId session) {
        return session.value() <= state.counters.lastSession && !isLive(session);
    }

    /** The secret of a session, live or ended; {@link SessionNonce#NONE} if it is not known. */
    public SessionNonce nonce(SessionId id) {
        Session session = state.sessions.find(id);
        return session == null ? SessionNonce.NONE : session.nonce;
    }

    /** The tokens of a live session's grants, in order; empty if it has ended. */
    public List<FencingToken> liveTokens(SessionId id) {
        Session session = state.sessions.findLive(id);
        return session == null ? List.of() : List.copyOf(session.grants.keySet());
    }

    /**
     * Where (session, owner) stands with a lock that it wanted to use so. ENDED also if it holds
     * the lock, or waits for it, in another way by now: that is another acquire's.
     */
    public LockPlace place(SessionId id, long owner, LockName name, LockUse use) {
        Session session = state.sessions.findLive(id);
        Lock lock = state.locks.find(name);
        if (session == null || lock == null) {
            return LockPlace.ENDED;
        }
        Grant grant = use.shared() ? sharedGrant(session, owner, name, use) : lock.grant;
        if (grant != null && grant.session() == session && grant.owner() == owner) {
            return new LockPlace(WaitState.GRANTED, 0, Optional.of(grant.info()));
        }
        Waiter waiter = session.waits.get(new LockOwner(name, owner));
        return waiter == null || !waiter.use.equals(use)
                ? LockPlace.ENDED
                : new LockPlace(WaitState.QUEUED, waiter.place, Optional.empty());
    }

    private static @Nullable Grant sharedGrant(
            Session session, long owner, LockName name, LockUse use) {
        SharedGrant shared = session.shared.get(new LockOwner(name, owner));
        return shared == null || !shared.use.equals(use) ? null : shared.grant;
    }

    public Optional<LockInfo> lock(LockName name) {
        return Optional.ofNullable(state.locks.find(name)).map(this::info);
    }

    /** Up to {@code limit} locks with a name above {@code after}; empty for from the first. */
    public List<LockInfo> locks(String after, int limit) {
        List<LockInfo> list = new ArrayList<>();
        Lock lock = state.locks.next(after.isEmpty() ? null : new LockName(after));
        while (lock != null && list.size() < limit) {
            list.add(info(lock));
            lock = state.locks.next(lock.name);
        }
        return list;
    }

    /** Up to {@code limit} who hold a lock by tokens above {@code after}, in order of token. */
    public List<HolderInfo> holders(LockName name, FencingToken after, int limit) {
        List<HolderInfo> list = new ArrayList<>();
        Lock lock = state.locks.find(name);
        if (lock == null || limit == 0) {
            return list;
        }
        Grant alone = lock.grant;
        if (alone != null && alone.token().compareTo(after) > 0) {
            list.add(new HolderInfo(alone.info(), false, 0));
        }
        for (SharedGrant shared : lock.shared.tailMap(after, false).values()) {
            if (list.size() == limit) {
                break;
            }
            list.add(shared.info());
        }
        return list;
    }

    private LockInfo info(Lock lock) {
        long now = state.counters.leaseTimeMs;
        List<WaiterInfo> queue = new ArrayList<>();
        for (Waiter waiter : lock.queue.values()) {
            if (queue.size() == Limits.LIST_ROWS_MAX) {
                break;
            }
            queue.add(
                    new WaiterInfo(
                            waiter.session.id,
                            waiter.owner,
                            waiter.session.label,
                            Math.max(0, waiter.deadlineMs - now)));
        }
        return new LockInfo(
                lock.name,
                lock.newestToken,
                Optional.ofNullable(lock.newestLive()).map(Grant::info),
                Math.max(0, lock.closedUntilMs - now),
                lock.queue.size(),
                queue,
                List.copyOf(lock.ended));
    }

    /** Up to {@code limit} guards with a prefix above {@code after}; without: from the first. */
    public List<GuardInfo> guards(Optional<Key> after, int limit) {
        List<GuardInfo> list = new ArrayList<>();
        GuardEntry entry = state.guards.next(after.orElse(null));
        while (entry != null && list.size() < limit) {
            list.add(entry.info());
            entry = state.guards.next(entry.guard.prefix());
        }
        return list;
    }

    /** Up to {@code limit} gates of resources named above {@code after}; empty: from the first. */
    public List<GateInfo> gates(String after, int limit) {
        List<GateInfo> list = new ArrayList<>();
        Gate gate = state.gates.next(after.isEmpty() ? null : new ResourceName(after));
        while (gate != null && list.size() < limit) {
            list.add(gate.info());
            gate = state.gates.next(gate.resource);
        }
        return list;
    }

    /** Up to {@code limit} live sessions with an id above {@code after}. */
    public List<SessionInfo> sessions(SessionId after, int limit) {
        List<SessionInfo> list = new ArrayList<>();
        Session session = state.sessions.nextLive(after);
        while (session != null && list.size() < limit) {
            list.add(
                    new SessionInfo(
                            session.id,
                            session.label,
                            session.ttlMs,
                            Math.max(0, session.deadlineMs - state.counters.leaseTimeMs),
                            session.grants.size(),
                            session.waits.size(),
                            session.keys.size()));
            session = state.sessions.nextLive(session.id);
        }
        return list;
    }

    /** Up to {@code limit} recorded rejections with a revision above {@code after}. */
    public List<Rejection> rejections(long after, int limit) {
        List<Rejection> list = new ArrayList<>();
        Rejections.Entry entry = state.rejections.next(after);
        while (entry != null && list.size() < limit) {
            list.add(entry.rejection());
            entry = state.rejections.next(entry.rejection().revision());
        }
        return list;
    }

    public List<SettingInfo> settings() {
        return state.settings.list();
    }

    public int sessionCount() {
        return state.sessions.liveCount();
    }

    public int lockCount() {
        return state.locks.count();
    }

    public long keyCount() {
        return state.records.store().size();
    }

    /** What the records are charged of the quota, in bytes. */
    public long chargedBytes() {
        return state.records.chargedBytes();
    }
}
