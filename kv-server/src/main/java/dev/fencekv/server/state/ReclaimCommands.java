package dev.fencekv.server.state;

import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Grants a lock again to who held it last, if nobody was granted it in between: then what it knows
 * of the things behind the lock is still true. Decided here, because between a look and an acquire
 * somebody may come and go.
 *
 * <p>Not recorded when refused: it is a question, not the act of a zombie.
 */
final class ReclaimCommands {
    private final Locks locks;
    private final FencingRules fencing;
    private final LockCommands lockCommands;
    private final Answers answers;

    ReclaimCommands(Locks locks, FencingRules fencing, LockCommands lockCommands, Answers answers) {
        this.locks = locks;
        this.fencing = fencing;
        this.lockCommands = lockCommands;
        this.answers = answers;
    }

    Outcome reclaim(Session session, Command.Reclaim reclaim) {
        Lock lock = locks.find(reclaim.lock());
        Grant live = lock == null ? null : lock.grant;
        boolean mine = live != null && live.session() == session && live.owner() == reclaim.owner();
        if (mine && isLastBefore(lock, reclaim)) {
            return answers.granted(live);
        }
        FenceViolation violation =
                fencing.judge(reclaim.lock(), reclaim.token(), GuardRule.MONOTONE);
        if (violation != null) {
            return answers.fenced(List.of(violation));
        }
        if (mine) {
            return answers.granted(live);
        }
        if (session.waits.containsKey(new LockOwner(reclaim.lock(), reclaim.owner()))) {
            return answers.plain(Status.LOCK_BUSY);
        }
        return lockCommands.acquire(
                session,
                new Command.Acquire(
                        reclaim.id(), reclaim.lock(), reclaim.owner(), 0, reclaim.lockDelayMs()));
    }

    /** Whether the live grant is what an earlier reclaim by the same token has made. */
    private static boolean isLastBefore(@Nullable Lock lock, Command.Reclaim reclaim) {
        EndedGrant last = lock == null ? null : lock.ended.peekLast();
        return last != null
                && last.token().equals(reclaim.token())
                && !lock.endedShared.contains(reclaim.token())
                && last.how() != FenceReason.REVOKED;
    }
}
