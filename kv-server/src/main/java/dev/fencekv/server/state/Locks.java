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

    private final TreeMap<LockName, Lock> byName = new TreeMap<>();

    /**
     * The lock of each token that is live or remembered. Invariant: exactly the tokens of all
     * grants and ended grants. Never iterated: its order is not the same everywhere.
     */
    private final Map<FencingToken, Lock> byToken = new HashMap<>();

    private final TreeMap<Long, Waiter> waitersByPlace = new TreeMap<>();
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

    Locks(Counters counters, Settings settings, Sessions sessions, Ledger ledger, Change change) {
        this.counters = counters;
        this.settings = settings;
        this.sessions = sessions;
        this.ledger = ledger;
        this.change = change;
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
        return lock.grant == null && lock.queue.isEmpty() && lock.closedUntilMs == 0;
    }

    Grant grant(Lock lock, Session session, long owner, long lockDelayMs) {
        Check.invariant(lock.grant == null, "a lock has at most one live grant");
        counters.lastToken++;
        FencingToken token = new FencingToken(counters.lastToken);
        Grant grant = new Grant(token, session, owner, change.revision(), change.at(), lockDelayMs);
        ledger.changing(lock);
        lock.grant = grant;
        lock.newestToken = token;
        lock.newestLabel = session.label;
        ledger.changed(lock);
        byToken.put(token, lock);
        session.grants.put(token, lock);
        settle(lock);
        return grant;
    }

    /** Ends the live grant. The caller hands over when everybody due has left the queues. */
    void endGrant(Lock lock, FenceReason how) {
        Grant grant = Check.present(lock.grant, "the grant that ends");
        ledger.changing(lock);
        lock.grant = null;
        lock.ended.addLast(
                new EndedGrant(
                        grant.token(), grant.session().id, how, change.revision(), change.at()));
        while (lock.ended.size() > settings.get(Setting.ENDED_GRANTS_PER_LOCK)) {
            byToken.remove(lock.ended.removeFirst().token());
        }
        if (how == FenceReason.EXPIRED && grant.lockDelayMs() > 0) {
            // No cap on top: this tick has counted all time up to now, and the next begins here.
            lock.closedUntilMs = counters.leaseTimeMs + grant.lockDelayMs();
            closed.add(lock);
        }
        ledger.changed(lock);
        grant.session().grants.remove(grant.token());
        settle(lock);
    }

    Waiter enqueue(Lock lock, Session session, long owner, long waitMs, long lockDelayMs) {
        change.effect();
        counters.lastPlace++;
        Waiter waiter =
                new Waiter(
                        lock,
                        session,
                        owner,
                        counters.lastPlace,
                        lockDelayMs,
                        waitDeadlineFromNow(waitMs));
        insert(waiter);
        ledger.added(waiter);
        settle(lock);
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
    }

    /**
     * Grants a lock that became free to the first in its queue whose session is not due: more
     * sessions may be due than one tick ends.
     */
    void handOver(Lock lock) {
        if (lock.grant != null || lock.closedUntilMs != 0 || !hasTokensLeft()) {
            return;
        }
        Waiter first = firstNotDue(lock);
        if (first == null) {
            return;
        }
        Grant grant = grant(lock, first.session, first.owner, first.lockDelayMs);
        endWait(first, Status.OK, grant.token());
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
            EndedGrant grant =
                    new EndedGrant(
                            new FencingToken(content.getLong()),
                            new SessionId(content.getLong()),
                            FenceReason.ofCode(content.getByte()),
                            content.getLong(),
                            new HybridTimestamp(content.getLong()));
            lock.ended.addLast(grant);
            byToken.put(grant.token(), lock);
        }
        lock.newestToken = new FencingToken(content.getLong());
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

    /** Waiters are restored after locks. */
    void restoreWaiter(BytesIn key, BytesIn content) {
        long place = key.getLong();
        Lock lock = Check.present(find(new LockName(content.getText())), "the lock of a waiter");
        Session session = restoredSession(new SessionId(content.getLong()));
        long owner = content.getLong();
        long lockDelayMs = content.getLong();
        Waiter waiter = new Waiter(lock, session, owner, place, lockDelayMs, content.getLong());
        insert(waiter);
        ledger.added(waiter);
    }

    private Session restoredSession(SessionId id) {
        return Check.present(sessions.findLive(id), "the session of a lock");
    }
}
