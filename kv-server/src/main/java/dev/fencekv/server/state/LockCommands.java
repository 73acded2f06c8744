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
        Lock known = locks.find(acquire.lock());
        Grant live = known == null ? null : known.grant;
        if (live != null && live.session() == session && live.owner() == acquire.owner()) {
            return answers.granted(live);
        }
        Waiter waiter = session.waits.get(new LockOwner(acquire.lock(), acquire.owner()));
        if (waiter != null) {
            locks.extend(waiter, acquire.waitMs());
            return answers.plain(Status.QUEUED);
        }
        return acquireAnew(session, acquire);
    }

    private Outcome acquireAnew(Session session, Command.Acquire acquire) {
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
        Lock lock = locks.obtain(acquire.lock());
        if (lock == null) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED, RefusalReason.LOCKS, settings.get(Setting.LOCKS_MAX));
        }
        if (locks.isFree(lock)) {
            return answers.granted(
                    locks.grant(lock, session, acquire.owner(), acquire.lockDelayMs()));
        }
        if (acquire.waitMs() == 0) {
            return answers.plain(Status.LOCK_BUSY);
        }
        if (locks.waiterCount() >= settings.get(Setting.WAITERS_MAX)) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED,
                    RefusalReason.WAITERS,
                    settings.get(Setting.WAITERS_MAX));
        }
        locks.enqueue(lock, session, acquire.owner(), acquire.waitMs(), acquire.lockDelayMs());
        return answers.plain(Status.QUEUED);
    }

    /** The fence has been checked: the token is the live grant. */
    Outcome release(Session session, Command.Release release) {
        Lock lock = Check.present(locks.find(release.lock()), "a held lock");
        Grant grant = Check.present(lock.grant, "the grant to release");
        if (grant.session() != session) {
            return answers.refused(
                    Status.INVALID_ARGUMENT,
                    RefusalReason.OTHER_SESSIONS_GRANT,
                    release.token().value());
        }
        change.effect();
        locks.endGrant(lock, FenceReason.RELEASED);
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
        return answers.plain(Status.NOT_FOUND);
    }

    Outcome revoke(Command.Revoke revoke) {
        Lock lock = locks.find(revoke.lock());
        if (lock == null || lock.grant == null) {
            return answers.plain(Status.NOT_FOUND);
        }
        if (!revoke.token().isNone() && !revoke.token().equals(lock.liveToken())) {
            return answers.refused(
                    Status.CONDITION_FAILED,
                    RefusalReason.OTHER_TOKEN_IS_LIVE,
                    lock.liveToken().value());
        }
        change.effect();
        locks.endGrant(lock, FenceReason.REVOKED);
        locks.handOver(lock);
        return answers.done();
    }
}
