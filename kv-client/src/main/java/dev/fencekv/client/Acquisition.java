package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.RequestId;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One owner's way to a lock: asks, waits in the queue, asks again when the connection that would
 * have told is lost, leaves the queue. Owned by the event loop; used once.
 *
 * <p>Guarantees: 1. Ends with a grant, or with a failure after which the store holds neither a
 * grant nor a place for this owner, or will not longer than the session. 2. So "busy" is said only
 * after apply has said it.
 */
final class Acquisition {
    private static final long NANOS_PER_MS = 1_000_000;

    /** Lease time runs behind the client's; past this the client ends the wait itself. */
    private static final long PATIENCE_NANOS = 1_000_000_000;

    private static final long ASK_AGAIN_NANOS = 100_000_000;

    private enum Phase {
        /** An ACQUIRE is unsettled. */
        ASKING,
        /** Has a place, and somebody will tell. */
        QUEUED,
        /** Has a place, and nobody will tell: about to ask again. */
        UNTOLD,
        /** A CANCEL_WAIT is unsettled. */
        CANCELLING,
        ENDED
    }

    private final SessionKeeper keeper;
    private final Timers timers;
    private final Clocks clocks;
    private final LockName lock;
    private final long owner;
    private final long lockDelayMs;

    /** Only if nobody was granted the lock after it; NONE: in any case. */
    private final FencingToken last;

    /** {@link FencedLock#EXCLUSIVE}, 0 for a reader, else of a semaphore. */
    private final int permits;

    private final long timeoutNanos;

    /** 0 for a try. */
    private final long waitMs;

    private final long waitEndNanos;
    private final CompletableFuture<Grant> end = new CompletableFuture<>();

    private final Runnable sessionOver = this::sessionIsOver;

    private Phase phase = Phase.ASKING;

    /** Nobody wants the lock any more, or the wait is over. */
    private boolean givenUp;

    /** Whether the store may know this owner: has or had a place. */
    private boolean placed;

    /** The session of the first ACQUIRE; the place is in no other. */
    private @Nullable LiveSession session;

    private Timers.@Nullable Timer patience;

    Acquisition(
            SessionKeeper keeper,
            Timers timers,
            Clocks clocks,
            LockName lock,
            long owner,
            long waitMs,
            long lockDelayMs,
            FencingToken last,
            int permits,
            long timeoutNanos) {
        this.keeper = keeper;
        this.timers = timers;
        this.clocks = clocks;
        this.lock = lock;
        this.owner = owner;
        this.waitMs = waitMs;
        this.lockDelayMs = lockDelayMs;
        this.last = last;
        this.permits = permits;
        this.timeoutNanos = timeoutNanos;
        this.waitEndNanos = clocks.nanos() + waitMs * NANOS_PER_MS;
    }

    /** Completes on the event loop with the grant; LockBusyException if somebody else has it. */
    CompletableFuture<Grant> start() {
        ask(waitMs);
        return end;
    }

    /** Nobody wants the lock any more. A grant that comes nevertheless ends {@link #start}. */
    void giveUp() {
        givenUp = true;
        if (phase == Phase.QUEUED || phase == Phase.UNTOLD) {
            cancel();
        }
        // While asking: the answer tells whether there is anything to leave.
    }

    // --- asking --------------------------------------------------------------------------------

    private void ask(long remainingMs) {
        phase = Phase.ASKING;
        AcquireListener listener = new AcquireListener();
        Call call =
                Call.command(
                        Call.Kind.ACQUIRE,
                        id -> request(id, remainingMs),
                        clocks.nanos() + remainingMs * NANOS_PER_MS + timeoutNanos,
                        listener);
        listener.call = call;
        if (session == null) {
            keeper.submit(call);
        } else {
            keeper.submitPinned(session, call);
        }
    }

    private Request request(RequestId id, long remainingMs) {
        if (permits != FencedLock.EXCLUSIVE) {
            return new Request.AcquireShared(id, lock, owner, remainingMs, permits);
        }
        return last.isNone()
                ? new Request.Acquire(id, lock, owner, remainingMs, lockDelayMs)
                : new Request.Reclaim(id, lock, owner, lockDelayMs, last);
    }

    /** From the first answer on, all that this owner has is in that session. */
    private void askedIn(LiveSession asked) {
        if (session == null) {
            session = asked;
            asked.dependents.add(sessionOver);
        }
    }

    private void sessionIsOver() {
        if (phase == Phase.QUEUED || phase == Phase.UNTOLD) {
            fail(SessionKeeper.expired(Check.present(session, "session of the place")));
        }
        // While asking or cancelling, that request is told.
    }

    private void askAgain() {
        if (phase != Phase.UNTOLD) {
            return;
        }
        long remainingMs = (waitEndNanos - clocks.nanos()) / NANOS_PER_MS;
        if (givenUp || remainingMs <= 0) {
            cancel(); // A try would not say whether the place is still there.
        } else {
            ask(Math.min(remainingMs, Limits.LOCK_WAIT_MS_MAX));
        }
    }

    /** Nobody will tell about the place any more. */
    private void untold(long laterNanos) {
        phase = Phase.UNTOLD;
        if (laterNanos == 0) {
            askAgain();
        } else {
            timers.after(laterNanos, this::askAgain);
        }
    }

    private final class AcquireListener implements Call.Listener {
        private @Nullable Call call;

        @Override
        public void settled(Reply reply, boolean more) {
            askedIn(Check.present(Check.present(call, "call").session, "session"));
            switch (reply.status()) {
                case OK -> granted(reply);
                case QUEUED -> queued(more);
                case LOCK_BUSY -> busy();
                case CONDITION_FAILED,
                        NOT_FOUND,
                        FENCED,
                        NOT_LEADER,
                        UNAVAILABLE,
                        OUTCOME_UNKNOWN,
                        OVERLOADED,
                        TOO_LARGE,
                        QUOTA_EXCEEDED,
                        INVALID_ARGUMENT,
                        UNSUPPORTED,
                        CLOCK_SKEW,
                        UNAUTHENTICATED,
                        FORBIDDEN,
                        SESSION_EXPIRED,
                        DUPLICATE,
                        TOO_MANY_IN_FLIGHT,
                        COMPACTED ->
                        refused(Replies.exception(reply));
            }
        }

        @Override
        public void failed(FenceKvException failure) {
            askedIn(Check.present(Check.present(call, "call").session, "session"));
            // HAZARD: reporting this while a place or a grant may exist would leave a lock that
            // nobody knows he holds. The cancel's floor also keeps a late ACQUIRE from applying.
            if (failure instanceof OutcomeUnknownException && phase == Phase.ASKING) {
                placed = true;
            }
            refused(failure);
        }

        @Override
        public void followUp(Reply reply) {
            if (phase != Phase.QUEUED && phase != Phase.CANCELLING) {
                return;
            }
            switch (reply.status()) {
                case OK -> granted(reply);
                case LOCK_BUSY, NOT_FOUND, CONDITION_FAILED, FENCED -> busy();
                case SESSION_EXPIRED -> fail(Replies.exception(reply));
                case QUEUED,
                        NOT_LEADER,
                        UNAVAILABLE,
                        OUTCOME_UNKNOWN,
                        OVERLOADED,
                        TOO_LARGE,
                        QUOTA_EXCEEDED,
                        INVALID_ARGUMENT,
                        UNSUPPORTED,
                        CLOCK_SKEW,
                        UNAUTHENTICATED,
                        FORBIDDEN,
                        DUPLICATE,
                        TOO_MANY_IN_FLIGHT,
                        COMPACTED -> {
                    if (phase == Phase.QUEUED) {
                        untold(ASK_AGAIN_NANOS);
                    }
                }
            }
        }

        @Override
        public void followUpLost() {
            if (phase == Phase.QUEUED) {
                untold(0);
            }
        }
    }

    private void queued(boolean more) {
        placed = true;
        phase = Phase.QUEUED;
        if (givenUp) {
            cancel();
            return;
        }
        if (!more) {
            untold(ASK_AGAIN_NANOS);
        }
        if (patience == null) {
            long untilEnd = Math.max(0, waitEndNanos - clocks.nanos());
            patience = timers.after(untilEnd + PATIENCE_NANOS, this::giveUp);
        }
    }

    private void refused(FenceKvException failure) {
        if (placed && !(failure instanceof SessionExpiredException)) {
            cancel();
        } else {
            fail(failure);
        }
    }

    // --- leaving -------------------------------------------------------------------------------

    private void cancel() {
        phase = Phase.CANCELLING;
        keeper.submitPinned(
                Check.present(session, "session of the place"),
                Call.command(
                        Call.Kind.GIVE_BACK,
                        id -> new Request.CancelWait(id, lock, owner),
                        Call.NO_DEADLINE,
                        new CancelListener()));
    }

    private final class CancelListener implements Call.Listener {
        @Override
        public void settled(Reply reply, boolean more) {
            if (phase == Phase.ENDED) {
                return;
            }
            switch (reply.status()) {
                case OK -> {
                    if (reply.body() instanceof Reply.Nothing) {
                        busy();
                    } else {
                        granted(reply);
                    }
                }
                case LOCK_BUSY, NOT_FOUND, CONDITION_FAILED -> busy();
                case QUEUED,
                        FENCED,
                        NOT_LEADER,
                        UNAVAILABLE,
                        OUTCOME_UNKNOWN,
                        OVERLOADED,
                        TOO_LARGE,
                        QUOTA_EXCEEDED,
                        INVALID_ARGUMENT,
                        UNSUPPORTED,
                        CLOCK_SKEW,
                        UNAUTHENTICATED,
                        FORBIDDEN,
                        SESSION_EXPIRED,
                        DUPLICATE,
                        TOO_MANY_IN_FLIGHT,
                        COMPACTED ->
                        fail(Replies.exception(reply));
            }
        }

        @Override
        public void failed(FenceKvException failure) {
            fail(failure);
        }
    }

    // --- ends ----------------------------------------------------------------------------------

    private void granted(Reply reply) {
        LiveSession of = Check.present(session, "session of the grant");
        if (!(reply.body() instanceof Reply.Token token)) {
            untold(ASK_AGAIN_NANOS); // Granted, but the token is not known any more: ask for it.
        } else if (of.ended) {
            fail(SessionKeeper.expired(of));
        } else {
            end();
            end.complete(new Grant(of, lock, token.token(), reply.revision()));
        }
    }

    private void busy() {
        fail(new LockBusyException(lock));
    }

    private void fail(FenceKvException failure) {
        if (phase == Phase.ENDED) {
            return;
        }
        end();
        end.completeExceptionally(failure);
    }

    private void end() {
        phase = Phase.ENDED;
        if (session != null) {
            session.dependents.remove(sessionOver);
        }
        if (patience != null) {
            patience.cancel();
        }
    }
}
