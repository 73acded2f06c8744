package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.RefusalReason;
import dev.fencekv.server.command.Setting;

/** Acquires, releases and revokes locks. */
final class LockCommands {
    private final Locks locks;
    private final Settings settings;
    private final Change change;
    private final Answers answers;

    LockCommands(Locks locks, Settings settings, Change change, Answers answers) {
        this.locks = locks;
        this.settings = settings;
        this.change = change;
        this.answers = answers;
    }

    Outcome acquire(Session session, Command.Acquire acquire) {
        return acquire(session, Wish.of(acquire));
    }

    Outcome acquireShared(Session session, Command.AcquireShared acquire) {
        return acquire(session, Wish.of(acquire));
    }

    /** What both kinds of acquire ask. */
    private record Wish(LockOwner who, long waitMs, long lockDelayMs, LockUse use) {
        static Wish of(Command.Acquire acquire) {
            return new Wish(
                    new LockOwner(acquire.lock(), acquire.owner()),
                    acquire.waitMs(),
                    acquire.lockDelayMs(),
                    LockUse.EXCLUSIVE);
        }

        static Wish of(Command.AcquireShared acquire) {
            return new Wish(
                    new LockOwner(acquire.lock(), acquire.owner()),
                    acquire.waitMs(),
                    0,
                    LockUse.shared(acquire.permits()));
        }
    }

    private Outcome acquire(Session session, Wish wish) {
        Lock known = locks.find(wish.who.lock());
        Grant live = known == null ? null : known.grant;
        if (live != null && live.session() == session && live.owner() == wish.who.owner()) {
            return wish.use.shared() ? otherUse() : answers.granted(live);
        }
        SharedGrant shared = session.shared.get(wish.who);
        if (shared != null) {
            return shared.use.equals(wish.use) ? answers.granted(shared.grant) : otherUse();
        }
        Waiter waiter = session.waits.get(wish.who);
        if (waiter != null) {
            if (!waiter.use.equals(wish.use)) {
                return otherUse();
            }
            locks.extend(waiter, wish.waitMs);
            return answers.plain(Status.QUEUED);
        }
        int permits = known == null ? -1 : locks.permitsInUse(known);
        if (permits >= 0 && permits != wish.use.permits()) {
            return answers.refused(Status.CONDITION_FAILED, RefusalReason.OTHER_PERMITS, permits);
        }
        return acquireAnew(session, wish);
    }

    /** HAZARD: who holds it shared and waits to have it alone would wait for himself. */
    private Outcome otherUse() {
        return answers.refused(Status.CONDITION_FAILED, RefusalReason.OTHER_USE, 0);
    }

    private Outcome acquireAnew(Session session, Wish wish) {
        if (session.grants.size() + session.waits.size() >= Limits.LOCKS_PER_SESSION_MAX) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED,
                    RefusalReason.LOCKS_PER_SESSION,
                    Limits.LOCKS_PER_SESSION_MAX);
        }
        if (!locks.hasTokensLeft()) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED, RefusalReason.TOKENS_USED_UP, Limits.FENCING_TOKEN_MAX);
        }
        long sharedMost = settings.get(Setting.SHARED_GRANTS_MAX);
        if (wish.use.shared() && locks.sharedCount() >= sharedMost) {
            return answers.refused(Status.QUOTA_EXCEEDED, RefusalReason.SHARED_GRANTS, sharedMost);
        }
        Lock lock = locks.obtain(wish.who.lock());
        if (lock == null) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED, RefusalReason.LOCKS, settings.get(Setting.LOCKS_MAX));
        }
        if (locks.isFree(lock, wish.use)) {
            long owner = wish.who.owner();
            return answers.granted(
                    wish.use.shared()
                            ? locks.grantShared(lock, session, owner, wish.use)
                            : locks.grant(lock, session, owner, wish.lockDelayMs));
        }
        if (wish.waitMs == 0) {
            return answers.plain(Status.LOCK_BUSY);
        }
        if (locks.waiterCount() >= settings.get(Setting.WAITERS_MAX)) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED,
                    RefusalReason.WAITERS,
                    settings.get(Setting.WAITERS_MAX));
        }
        if (wish.use.shared() && lock.sharedWaiters >= Limits.SHARED_WAITERS_PER_LOCK_MAX) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED,
                    RefusalReason.SHARED_WAITERS,
                    Limits.SHARED_WAITERS_PER_LOCK_MAX);
        }
        locks.enqueue(lock, session, wish.who.owner(), wish.waitMs, wish.lockDelayMs, wish.use);
        return answers.plain(Status.QUEUED);
    }

    /** The fence has been checked: the token is the live grant. */
    Outcome release(Session session, Command.Release release) {
        Lock lock = Check.present(locks.find(release.lock()), "a held lock");
        SharedGrant shared = lock.shared.get(release.token());
        Grant grant =
                shared != null ? shared.grant : Check.present(lock.grant, "the grant to release");
        if (grant.session() != session) {
            return answers.refused(
                    Status.INVALID_ARGUMENT,
                    RefusalReason.OTHER_SESSIONS_GRANT,
                    release.token().value());
        }
        change.effect();
        locks.endGrant(lock, release.token(), FenceReason.RELEASED);
        locks.handOver(lock);
        return answers.done();
    }

    Outcome cancel(Session session, Command.CancelWait cancel) {
        Waiter waiter = session.waits.get(new LockOwner(cancel.lock(), cancel.owner()));
        if (waiter != null) {
            change.effect();
            locks.endWait(waiter, Status.NOT_FOUND, FencingToken.NONE);
            locks.handOver(waiter.lock);
            return answers.done();
        }
        Lock lock = locks.find(cancel.lock());
        Grant grant = lock == null ? null : lock.grant;
        if (grant != null && grant.session() == session && grant.owner() == cancel.owner()) {
            return answers.granted(grant);
        }
        SharedGrant shared = session.shared.get(new LockOwner(cancel.lock(), cancel.owner()));
        return shared != null ? answers.granted(shared.grant) : answers.plain(Status.NOT_FOUND);
    }

    Outcome revoke(Command.Revoke revoke) {
        Lock lock = locks.find(revoke.lock());
        if (lock == null || lock.newestLive() == null) {
            return answers.plain(Status.NOT_FOUND);
        }
        FencingToken token = revoke.token().isNone() ? lock.newestLiveToken() : revoke.token();
        if (!lock.isLive(token)) {
            return answers.refused(
                    Status.CONDITION_FAILED,
                    RefusalReason.OTHER_TOKEN_IS_LIVE,
                    lock.newestLiveToken().value());
        }
        if (revoke.token().isNone() && lock.shared.size() > 1) {
            return answers.refused(
                    Status.CONDITION_FAILED, RefusalReason.SEVERAL_HOLDERS, lock.shared.size());
        }
        change.effect();
        locks.endGrant(lock, token, FenceReason.REVOKED);
        locks.handOver(lock);
        return answers.done();
    }
}
