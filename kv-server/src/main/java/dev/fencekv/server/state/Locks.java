package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.BytesIn;
import dev.fencekv.server.command.Setting;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All locks: who holds them, who waits, whose token means what. Mints tokens. Says nothing about
 * whether a write may pass: see {@link FencingRules}.
 */
final class Locks {
    private final Counters counters;
    private final Settings settings;
    private final Sessions sessions;
    private final Ledger ledger;
    private final Change change;
    private final LockEvents events;

    private final TreeMap<LockName, Lock> byName = new TreeMap<>();

    /**
     * The lock of each token that is live or remembered. Invariant: exactly the tokens of all
     * grants and ended grants. Never iterated: its order is not the same everywhere.
     */
    private final Map<FencingToken, Lock> byToken = new HashMap<>();

    /** Grants that are not exclusive, of all locks. */
    private final TreeMap<FencingToken, SharedGrant> sharedByToken = new TreeMap<>();

    private final TreeMap<Long, Waiter> waitersByPlace = new TreeMap<>();

    /** Invariant: how many of them are not for exclusive use. */
    private int sharedWaiters;

    private final TreeSet<Waiter> waitersByDeadline = new TreeSet<>(Waiter.BY_DEADLINE);

    /** Locks that an expiry has closed, the first to open first. */
    private final TreeSet<Lock> closed =
            new TreeSet<>(
                    Comparator.<Lock>comparingLong(lock -> lock.closedUntilMs)
                            .thenComparing(lock -> lock.name));

    /** Locks that nothing needs, longest idle first. */
    private final TreeMap<Long, Lock> idle = new TreeMap<>();

    /** Ends of waits since they were last asked for. */
    private List<WaitEnded> notices = new ArrayList<>();

    Locks(
            Counters counters,
            Settings settings,
            Sessions sessions,
            Ledger ledger,
            Change change,
            LockEvents events) {
        this.counters = counters;
        this.settings = settings;
        this.sessions = sessions;
        this.ledger = ledger;
        this.change = change;
        this.events = events;
    }

    @Nullable Lock find(LockName name) {
        return byName.get(name);
    }

    /** The lock of a token that is live or remembered. */
    @Nullable Lock findByToken(FencingToken token) {
        return byToken.get(token);
    }

    int count() {
        return byName.size();
    }

    int waiterCount() {
        return waitersByPlace.size();
    }

    /** Whether lease time must advance for something here: a wait or a lock-delay. */
    boolean waitsForTime() {
        return !waitersByPlace.isEmpty() || !closed.isEmpty();
    }

    /** The lock, made if there is none; null if there are too many and none is idle. */
    @Nullable Lock obtain(LockName name) {
        Lock lock = byName.get(name);
        if (lock != null) {
            return lock;
        }
        long most = settings.get(Setting.LOCKS_MAX);
        if (byName.size() - idle.size() >= most) {
            return null;
        }
        while (byName.size() >= most) {
            forget(idle.firstEntry().getValue());
        }
        lock = new Lock(name);
        byName.put(name, lock);
        ledger.added(lock);
        settle(lock);
        return lock;
    }

    /** The global sequence keeps its next token larger, so nothing is lost but evidence. */
    private void forget(Lock lock) {
        idle.remove(lock.idleAs);
        byName.remove(lock.name);
        for (EndedGrant grant : lock.ended) {
            byToken.remove(grant.token());
        }
        ledger.removed(lock);
    }

    boolean hasTokensLeft() {
        return hasTokensLeft(1);
    }

    boolean hasTokensLeft(int grants) {
        return counters.lastToken <= Limits.FENCING_TOKEN_MAX - grants;
    }

    /** How many more locks may come into use at once, idle ones included. */
    long placesLeft() {
        return settings.get(Setting.LOCKS_MAX) - (byName.size() - idle.size());
    }

    boolean isFree(Lock lock) {
        return isFree(lock, LockUse.EXCLUSIVE);
    }

    /** Whoever waits goes first, also before those who could come in beside the holders. */
    boolean isFree(Lock lock, LockUse use) {
        return lock.queue.isEmpty() && isOpenTo(lock, use);
    }

    private static boolean isOpenTo(Lock lock, LockUse use) {
        if (lock.grant != null || lock.closedUntilMs != 0) {
            return false;
        }
        if (!use.shared()) {
            return lock.shared.isEmpty();
        }
        return use.permits() == 0 || lock.shared.size() < use.permits();
    }

    /** Of a lock that is in use: a semaphore's size, 0 if it is none; -1 if it is not in use. */
    int permitsInUse(Lock lock) {
        if (lock.grant != null) {
            return 0;
        }
        if (!lock.shared.isEmpty()) {
            return lock.shared.firstEntry().getValue().use.permits();
        }
        return lock.queue.isEmpty() ? -1 : lock.queue.firstEntry().getValue().use.permits();
    }

    /** Grants and places that are not exclusive. */
    int sharedCount() {
        return sharedByToken.size() + sharedWaiters;
    }

    Grant grant(Lock lock, Session session, long owner, long lockDelayMs) {
        Check.invariant(
                lock.grant == null && lock.shared.isEmpty(),
                "who has a lock alone is its only live grant");
        counters.lastToken++;
        FencingToken token = new FencingToken(counters.lastToken);
        Grant grant = new Grant(token, session, owner, change.revision(), change.at(), lockDelayMs);
        ledger.changing(lock);
        lock.grant = grant;
        lock.hadAlone = true;
        lock.newestToken = token;
        lock.newestLabel = session.label;
        ledger.changed(lock);
        byToken.put(token, lock);
        session.grants.put(token, lock);
        settle(lock);
        events.granted(lock, grant, LockUse.EXCLUSIVE);
        return grant;
    }

    Grant grantShared(Lock lock, Session session, long owner, LockUse use) {
        Check.invariant(isOpenTo(lock, use), "nobody has alone what is shared");
        counters.lastToken++;
        FencingToken token = new FencingToken(counters.lastToken);
        Grant grant = new Grant(token, session, owner, change.revision(), change.at(), 0);
        ledger.changing(lock);
        lock.newestToken = token;
        lock.newestLabel = session.label;
        ledger.changed(lock);
        SharedGrant shared = new SharedGrant(lock, grant, use);
        insert(shared);
        ledger.added(shared);
        settle(lock);
        events.granted(lock, grant, use);
        return grant;
    }

    private void insert(SharedGrant shared) {
        FencingToken token = shared.grant.token();
        Session session = shared.grant.session();
        shared.lock.shared.put(token, shared);
        sharedByToken.put(token, shared);
        byToken.put(token, shared.lock);
        session.grants.put(token, shared.lock);
        session.shared.put(shared.lockOwner(), shared);
    }

    /** Ends a live grant, exclusive or not. As {@link #endGrant(Lock, FenceReason)}. */
    void endGrant(Lock lock, FencingToken token, FenceReason how) {
        SharedGrant shared = lock.shared.get(token);
        if (shared == null) {
            endGrant(lock, how);
            return;
        }
        Session session = shared.grant.session();
        ledger.changing(lock);
        lock.shared.remove(token);
        lock.endedShared.add(token);
        remember(lock, shared.grant, how);
        ledger.changed(lock);
        sharedByToken.remove(token);
        ledger.removed(shared);
        session.grants.remove(token);
        session.shared.remove(shared.lockOwner());
        settle(lock);
        events.ended(lock, shared.grant, shared.use, how, 0);
    }

    private void remember(Lock lock, Grant grant, FenceReason how) {
        lock.ended.addLast(
                new EndedGrant(
                        grant.token(), grant.session().id, how, change.revision(), change.at()));
        while (lock.ended.size() > settings.get(Setting.ENDED_GRANTS_PER_LOCK)) {
            FencingToken forgotten = lock.ended.removeFirst().token();
            byToken.remove(forgotten);
            lock.endedShared.remove(forgotten);
        }
    }

    /** Ends the live grant. The caller hands over when everybody due has left the queues. */
    void endGrant(Lock lock, FenceReason how) {
        Grant grant = Check.present(lock.grant, "the grant that ends");
        ledger.changing(lock);
        lock.grant = null;
        remember(lock, grant, how);
        long delayMs = how == FenceReason.EXPIRED ? grant.lockDelayMs() : 0;
        if (delayMs > 0) {
            // No cap on top: this tick has counted all time up to now, and the next begins here.
            lock.closedUntilMs = counters.leaseTimeMs + delayMs;
            closed.add(lock);
        }
        ledger.changed(lock);
        grant.session().grants.remove(grant.token());
        settle(lock);
        events.ended(lock, grant, LockUse.EXCLUSIVE, how, delayMs);
    }

    Waiter enqueue(
            Lock lock, Session session, long owner, long waitMs, long lockDelayMs, LockUse use) {
        change.effect();
        counters.lastPlace++;
        Waiter waiter =
                new Waiter(
                        lock,
                        session,
                        owner,
                        counters.lastPlace,
                        lockDelayMs,
                        waitDeadlineFromNow(waitMs),
                        use);
        insert(waiter);
        ledger.added(waiter);
        settle(lock);
        events.queued(waiter);
        return waiter;
    }

    /** A repeated acquire may wait longer than it first said. */
    void extend(Waiter waiter, long waitMs) {
        long deadlineMs = waitDeadlineFromNow(waitMs);
        if (deadlineMs > waiter.deadlineMs) {
            ledger.changing(waiter);
            waitersByDeadline.remove(waiter);
            waiter.deadlineMs = deadlineMs;
            waitersByDeadline.add(waiter);
            ledger.changed(waiter);
        }
    }

    /** One tick's cap is added, as for sessions: the tick under way began before the acquire. */
    private long waitDeadlineFromNow(long waitMs) {
        return counters.leaseTimeMs + waitMs + Limits.TICK_ELAPSED_MS_MAX;
    }

    private void insert(Waiter waiter) {
        waiter.lock.queue.put(waiter.place, waiter);
        waiter.session.waits.put(waiter.lockOwner(), waiter);
        waitersByPlace.put(waiter.place, waiter);
        waitersByDeadline.add(waiter);
        countShared(waiter, 1);
    }

    private void countShared(Waiter waiter, int more) {
        if (waiter.use.shared()) {
            sharedWaiters += more;
            waiter.lock.sharedWaiters += more;
        }
    }

    /**
     * Takes a waiter out of its queue and says why. It may have been all that stood between a free
     * lock and those behind it: the caller hands over.
     */
    void endWait(Waiter waiter, Status status, FencingToken token) {
        waiter.lock.queue.remove(waiter.place);
        waiter.session.waits.remove(waiter.lockOwner());
        waitersByPlace.remove(waiter.place);
        waitersByDeadline.remove(waiter);
        countShared(waiter, -1);
        ledger.removed(waiter);
        notices.add(
                new WaitEnded(
                        waiter.session.id,
                        waiter.owner,
                        waiter.lock.name,
                        waiter.place,
                        status,
                        token,
                        change.revision(),
                        change.at()));
        settle(waiter.lock);
        if (status != Status.OK) {
            events.leftQueue(waiter);
        }
    }

    /**
     * Grants a lock that became free to the first in its queue whose session is not due: more
     * sessions may be due than one tick ends. Then to those behind that one who can share it.
     */
    void handOver(Lock lock) {
        while (lock.grant == null && lock.closedUntilMs == 0 && hasTokensLeft()) {
            Waiter first = firstNotDue(lock);
            if (first == null || !isOpenTo(lock, first.use)) {
                return;
            }
            Grant grant =
                    first.use.shared()
                            ? grantShared(lock, first.session, first.owner, first.use)
                            : grant(lock, first.session, first.owner, first.lockDelayMs);
            endWait(first, Status.OK, grant.token());
        }
    }

    private @Nullable Waiter firstNotDue(Lock lock) {
        for (Waiter waiter : lock.queue.values()) {
            if (waiter.session.deadlineMs > counters.leaseTimeMs) {
                return waiter;
            }
        }
        return null;
    }

    /** The waiter whose time is over first, if it is over. */
    @Nullable Waiter firstDueWaiter() {
        if (waitersByDeadline.isEmpty()) {
            return null;
        }
        Waiter first = waitersByDeadline.first();
        return first.deadlineMs <= counters.leaseTimeMs ? first : null;
    }

    /** Opens the lock whose delay is over first, if it is over, and returns it. */
    @Nullable Lock openFirstDue() {
        if (closed.isEmpty() || closed.first().closedUntilMs > counters.leaseTimeMs) {
            return null;
        }
        Lock lock = closed.first();
        open(lock);
        return lock;
    }

    private void open(Lock lock) {
        ledger.changing(lock);
        closed.remove(lock);
        lock.closedUntilMs = 0;
        ledger.changed(lock);
        settle(lock);
    }

    void guardAdded(Lock lock) {
        lock.guards++;
        settle(lock);
    }

    void guardRemoved(LockName name) {
        Lock lock = Check.present(find(name), "the lock of a guard");
        lock.guards--;
        settle(lock);
    }

    void gateAdded(LockName name) {
        Lock lock = Check.present(find(name), "the lock of a gate");
        lock.gates++;
        settle(lock);
    }

    void gateRemoved(LockName name) {
        Lock lock = Check.present(find(name), "the lock of a gate");
        lock.gates--;
        settle(lock);
    }

    /** The lock's own content says already that it is not idle. */
    void gateRestored(LockName name) {
        Check.present(find(name), "the lock of a gate").gates++;
    }

    /** Files a lock under the idle ones, or takes it out. */
    private void settle(Lock lock) {
        if (lock.isIdle() == (lock.idleAs != 0)) {
            return;
        }
        ledger.changing(lock);
        if (lock.isIdle()) {
            counters.lastIdle++;
            lock.idleAs = counters.lastIdle;
            idle.put(lock.idleAs, lock);
        } else {
            idle.remove(lock.idleAs);
            lock.idleAs = 0;
        }
        ledger.changed(lock);
    }

    List<WaitEnded> drainNotices() {
        if (notices.isEmpty()) {
            return List.of();
        }
        List<WaitEnded> drained = notices;
        notices = new ArrayList<>();
        return drained;
    }

    @Nullable Lock next(@Nullable LockName after) {
        Map.Entry<LockName, Lock> next =
                after == null ? byName.firstEntry() : byName.higherEntry(after);
        return next == null ? null : next.getValue();
    }

    @Nullable SharedGrant nextShared(@Nullable FencingToken after) {
        Map.Entry<FencingToken, SharedGrant> next =
                after == null ? sharedByToken.firstEntry() : sharedByToken.higherEntry(after);
        return next == null ? null : next.getValue();
    }

    @Nullable Waiter nextWaiter(@Nullable Waiter after) {
        Map.Entry<Long, Waiter> next =
                after == null
                        ? waitersByPlace.firstEntry()
                        : waitersByPlace.higherEntry(after.place);
        return next == null ? null : next.getValue();
    }

    /** Locks are restored after sessions. */
    void restoreLock(BytesIn key, BytesIn content) {
        Lock lock = new Lock(new LockName(key.getText()));
        if (content.getBoolean()) {
            FencingToken token = new FencingToken(content.getLong());
            Session session = restoredSession(new SessionId(content.getLong()));
            lock.grant =
                    new Grant(
                            token,
                            session,
                            content.getLong(),
                            content.getLong(),
                            new HybridTimestamp(content.getLong()),
                            content.getLong());
            session.grants.put(token, lock);
            byToken.put(token, lock);
        }
        int ended = content.getByte();
        for (int i = 0; i < ended; i++) {
            FencingToken token = new FencingToken(content.getLong());
            SessionId session = new SessionId(content.getLong());
            int how = content.getByte();
            if (how >= Lock.SHARED) {
                lock.endedShared.add(token);
                how -= Lock.SHARED;
            }
            EndedGrant grant =
                    new EndedGrant(
                            token,
                            session,
                            FenceReason.ofCode(how),
                            content.getLong(),
                            new HybridTimestamp(content.getLong()));
            lock.ended.addLast(grant);
            byToken.put(grant.token(), lock);
        }
        long newest = content.getLong();
        lock.newestToken = new FencingToken(newest & ~Lock.NEVER_ALONE);
        lock.hadAlone = newest > 0;
        lock.newestLabel = new SessionLabel(content.getText());
        lock.closedUntilMs = content.getLong();
        lock.idleAs = content.getLong();
        if (lock.closedUntilMs != 0) {
            closed.add(lock);
        }
        if (lock.idleAs != 0) {
            idle.put(lock.idleAs, lock);
        }
        byName.put(lock.name, lock);
        ledger.added(lock);
    }

    /** Restored after locks and sessions. */
    void restoreShared(BytesIn key, BytesIn content) {
        FencingToken token = new FencingToken(key.getLong());
        Lock lock = Check.present(find(new LockName(content.getText())), "a lock that is shared");
        Grant grant =
                new Grant(
                        token,
                        restoredSession(new SessionId(content.getLong())),
                        content.getLong(),
                        content.getLong(),
                        new HybridTimestamp(content.getLong()),
                        0);
        SharedGrant shared = new SharedGrant(lock, grant, LockUse.shared(content.getInt()));
        insert(shared);
        ledger.added(shared);
    }

    /** Waiters are restored after locks. */
    void restoreWaiter(BytesIn key, BytesIn content, boolean isShared) {
        long place = key.getLong();
        Lock lock = Check.present(find(new LockName(content.getText())), "the lock of a waiter");
        Session session = restoredSession(new SessionId(content.getLong()));
        long owner = content.getLong();
        long lockDelayMs = content.getLong();
        long deadlineMs = content.getLong();
        LockUse use = isShared ? LockUse.shared(content.getInt()) : LockUse.EXCLUSIVE;
        Waiter waiter = new Waiter(lock, session, owner, place, lockDelayMs, deadlineMs, use);
        insert(waiter);
        ledger.added(waiter);
    }

    private Session restoredSession(SessionId id) {
        return Check.present(sessions.findLive(id), "the session of a lock");
    }
}
