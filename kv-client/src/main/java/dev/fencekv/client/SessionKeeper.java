package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the client's session: opens it when a command needs it, numbers its commands, renews it,
 * notices its end and starts over. Owned by the event loop, except where a method says otherwise.
 */
final class SessionKeeper implements Dispatcher.Watcher {
    private static final long NANOS_PER_MS = 1_000_000;

    /** Of the TTL: a renewal is sent this often. */
    private static final int RENEWALS_PER_TTL = 3;

    /** Clocks are looked at this often, so that a suspension is noticed without being asked. */
    private static final long PULSE_NANOS_MAX = 1_000_000_000;

    private static final long RENEWAL_RETRY_NANOS = 200_000_000;

    /** Commands that wait for a session or for room in its window. */
    static final int WAITING_MAX = 32_768;

    private final ClientOptions options;
    private final Clocks clocks;
    private final Timers timers;
    private final Grants grants;
    private final Consumer<SessionId> onLost;
    private final SecureRandom random = new SecureRandom();

    private @Nullable Dispatcher dispatcher;

    /** The session of new commands; null: the next one opens one. Read by any thread. */
    private volatile @Nullable LiveSession current;

    SessionKeeper(
            ClientOptions options,
            Clocks clocks,
            Timers timers,
            Grants grants,
            Consumer<SessionId> onLost) {
        this.options = options;
        this.clocks = clocks;
        this.timers = timers;
        this.grants = grants;
        this.onLost = onLost;
    }

    /** Once, before anything else: the two know each other. */
    void use(Dispatcher sender) {
        dispatcher = sender;
    }

    /** The session that commands use now, if it can be believed alive. Safe from any thread. */
    Optional<SessionId> id() {
        LiveSession session = current;
        return session == null || session.state(clocks) == LockState.LOST
                ? Optional.empty()
                : Optional.of(session.id());
    }

    /** Opens a session if there is none; completes on the event loop. */
    CompletableFuture<SessionId> open() {
        return currentOrNew().opened;
    }

    /** Takes a command: numbers it as soon as there is a session with room. */
    void submit(Call call) {
        submitTo(currentOrNew(), call);
    }

    /** Takes a command that has no meaning in another session. */
    void submitPinned(LiveSession session, Call call) {
        call.pinned = true;
        if (session.ended) {
            call.done = true;
            call.listener.failed(expired(session));
        } else {
            submitTo(session, call);
        }
    }

    private void submitTo(LiveSession session, Call call) {
        call.session = session;
        if (session.waiting.size() >= WAITING_MAX) {
            call.done = true;
            call.listener.failed(
                    new UnavailableException(
                            WAITING_MAX + " commands wait for their turn; slow down"));
        } else if (dispatcher().admit(call)) {
            session.waiting.add(call);
            drain(session);
        }
    }

    private void drain(LiveSession session) {
        while (session.isOpen() && session.window.hasRoom()) {
            Call call = session.waiting.poll();
            if (call == null) {
                return;
            }
            if (!call.done) {
                call.sequence = session.window.take();
                dispatcher().send(call);
            }
        }
    }

    // --- what the dispatcher tells -------------------------------------------------------------

    @Override
    public void settled(Call call, Reply reply) {
        LiveSession session = call.session;
        if (reply.status() == Status.SESSION_EXPIRED && session != null) {
            end(session, LockLost.Cause.SESSION_EXPIRED);
        } else if (reply.body() instanceof Reply.Fenced fenced) {
            grants.fenced(fenced.violations());
        }
    }

    @Override
    public void over(Call call) {
        LiveSession session = call.session;
        if (session != null && call.sequence != 0) {
            session.window.settle(call.sequence);
            drain(session);
        }
    }

    // --- opening -------------------------------------------------------------------------------

    private LiveSession currentOrNew() {
        LiveSession session = current;
        if (session != null && session.isOpen() && session.state(clocks) == LockState.LOST) {
            end(session, LockLost.Cause.DEADLINE_PASSED);
            session = current;
        }
        if (session == null) {
            session = new LiveSession(new SessionNonce(random.nextLong(), random.nextLong() | 1));
            current = session;
            askToOpen(session);
        }
        return session;
    }

    private void askToOpen(LiveSession session) {
        Request request =
                new Request.OpenSession(
                        session.nonce(), options.sessionTtl().toMillis(), options.label());
        OpenListener listener = new OpenListener(session);
        Call call = Call.repeatable(request, clocks.nanos() + timeoutNanos(), listener);
        listener.call = call;
        if (dispatcher().admit(call)) {
            dispatcher().send(call);
        }
    }

    private long timeoutNanos() {
        return options.requestTimeout().toNanos();
    }

    private final class OpenListener implements Call.Listener {
        private final LiveSession session;
        private @Nullable Call call;

        OpenListener(LiveSession session) {
            this.session = session;
        }

        @Override
        public void settled(Reply reply, boolean more) {
            if (reply.status() != Status.OK) {
                notOpened(session, Replies.exception(reply));
                return;
            }
            Reply.SessionOpened opened = Replies.body(reply, Reply.SessionOpened.class);
            Call opening = Check.present(call, "opening");
            // HAZARD: a repeated opening finds the session of the first, which has been running
            // since then. The last attempt's send time would promise time that is gone.
            ClockReading sent = Check.present(opening.firstSent, "send time of the opening");
            session.open(opened.session(), new Lease(sent, opened.ttlMs() * NANOS_PER_MS));
            session.renewalDueNanos = sent.nanos() + renewalNanos(session);
            dispatcher().sessionOpened(opening, session);
            if (session.ended) {
                return;
            }
            pulse(session); // Armed before anybody hears of the session.
            session.opened.complete(opened.session());
            drain(session);
        }

        @Override
        public void failed(FenceKvException failure) {
            notOpened(session, failure);
        }
    }

    private void notOpened(LiveSession session, FenceKvException failure) {
        session.ended = true;
        session.markOver();
        if (current == session) {
            current = null;
        }
        session.opened.completeExceptionally(failure);
        Call call;
        while ((call = session.waiting.poll()) != null) {
            dispatcher().fail(call, failure);
        }
    }

    // --- renewing ------------------------------------------------------------------------------

    /** Looks at the clocks, and does what they ask for. */
    private void pulse(LiveSession session) {
        if (session.ended) {
            return;
        }
        LockState state = session.state(clocks);
        if (state == LockState.LOST) {
            end(session, LockLost.Cause.DEADLINE_PASSED);
            return;
        }
        long now = clocks.nanos();
        if (state == LockState.SUSPECT || session.renewalDueNanos - now <= 0) {
            renew(session);
        }
        long untilDeadline = lease(session).deadlineNanos() - now;
        long untilRenewal = session.renewing ? Long.MAX_VALUE : session.renewalDueNanos - now;
        long next = Math.min(PULSE_NANOS_MAX, Math.min(untilDeadline, untilRenewal));
        if (session.pulse != null) {
            session.pulse.cancel();
        }
        session.pulse = timers.after(Math.max(NANOS_PER_MS, next), () -> pulse(session));
    }

    private static Lease lease(LiveSession session) {
        return Check.present(session.lease(), "lease of an open session");
    }

    private static long renewalNanos(LiveSession session) {
        return lease(session).ttlNanos() / RENEWALS_PER_TTL;
    }

    /** Completes once the session is confirmed alive, or over. */
    CompletableFuture<Void> confirm(LiveSession session) {
        CompletableFuture<Void> confirmed = new CompletableFuture<>();
        if (session.ended || session.state(clocks) != LockState.SUSPECT) {
            noticed(session);
            confirmed.complete(null);
        } else {
            session.confirmations.add(confirmed);
            renew(session);
        }
        return confirmed;
    }

    /** Somebody asked for the state and it was not HELD. */
    void noticed(LiveSession session) {
        if (!session.id().isNone()) {
            pulse(session);
        }
    }

    private void renew(LiveSession session) {
        if (session.renewing || session.ended) {
            return;
        }
        session.renewing = true;
        RenewalListener listener = new RenewalListener(session);
        Call call =
                Call.repeatable(
                        new Request.RenewSession(session.id()),
                        lease(session).deadlineNanos(),
                        listener);
        call.session = session; // So that the connection shows its nonce.
        listener.call = call;
        if (dispatcher().admit(call)) {
            dispatcher().send(call);
        }
    }

    private final class RenewalListener implements Call.Listener {
        private final LiveSession session;
        private @Nullable Call call;

        RenewalListener(LiveSession session) {
            this.session = session;
        }

        @Override
        public void settled(Reply reply, boolean more) {
            session.renewing = false;
            if (session.ended) {
                return;
            }
            if (reply.status() != Status.OK || !(reply.body() instanceof Reply.Renewed renewed)) {
                retryLater();
                return;
            }
            ClockReading sent =
                    Check.present(
                            Check.present(call, "renewal").lastSent, "send time of the renewal");
            // First what was lost, then the trust in the rest.
            grants.renewed(session, reply.revision(), renewed.liveTokens());
            session.renewed(new Lease(sent, lease(session).ttlNanos()));
            session.renewalDueNanos = sent.nanos() + renewalNanos(session);
            pulse(session); // Renews again at once if this one was sent before a suspension.
            if (session.state(clocks) == LockState.HELD) {
                confirmed();
            }
        }

        @Override
        public void failed(FenceKvException failure) {
            session.renewing = false;
            if (!session.ended) {
                retryLater();
            }
        }

        private void retryLater() {
            session.renewalDueNanos = clocks.nanos() + RENEWAL_RETRY_NANOS;
            pulse(session);
        }

        private void confirmed() {
            List<CompletableFuture<Void>> asked = new ArrayList<>(session.confirmations);
            session.confirmations.clear();
            asked.forEach(each -> each.complete(null));
        }
    }

    // --- ending --------------------------------------------------------------------------------

    private void end(LiveSession session, LockLost.Cause cause) {
        if (session.ended) {
            return;
        }
        leave(session);
        grants.sessionOver(session, cause);
        onLost.accept(session.id());
        session.confirmations.forEach(each -> each.complete(null));
        List<Call> unsent = new ArrayList<>(session.waiting);
        session.waiting.clear();
        dispatcher().sessionOver(session, expired(session));
        for (Call call : unsent) {
            if (!call.done) {
                moveToNext(call);
            }
        }
    }

    private void leave(LiveSession session) {
        session.ended = true;
        session.markOver();
        if (current == session) {
            current = null;
        }
        if (session.pulse != null) {
            session.pulse.cancel();
        }
        new ArrayList<>(session.dependents).forEach(Runnable::run);
    }

    /** Never sent, so it may run in another session as well. */
    private void moveToNext(Call call) {
        if (call.pinned) {
            dispatcher().fail(call, expired(Check.present(call.session, "session")));
            return;
        }
        LiveSession next = currentOrNew();
        call.session = next;
        next.waiting.add(call);
        drain(next);
    }

    static SessionExpiredException expired(LiveSession session) {
        return new SessionExpiredException(
                "session " + session.id() + " is over; the command was not applied");
    }

    /** Ends the session in the store; completes when that is settled or cannot be. */
    CompletableFuture<Void> close() {
        LiveSession session = current;
        CompletableFuture<Void> closed = new CompletableFuture<>();
        if (session == null || !session.isOpen()) {
            if (session != null) {
                leave(session);
            }
            closed.complete(null);
            return closed;
        }
        leave(session);
        Call call =
                Call.command(
                        Request.CloseSession::new,
                        clocks.nanos() + KvClient.closeTimeout().toNanos(),
                        Call.AtDeadline.REPORT,
                        Call.completing(settledOrNot(closed)));
        call.session = session;
        if (session.window.hasRoom() && dispatcher().admit(call)) {
            call.sequence = session.window.take();
            dispatcher().send(call);
        } else {
            closed.complete(null);
        }
        return closed;
    }

    private static CompletableFuture<Reply> settledOrNot(CompletableFuture<Void> closed) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        reply.whenComplete((settled, failure) -> closed.complete(null));
        return reply;
    }

    private Dispatcher dispatcher() {
        return Check.present(dispatcher, "dispatcher");
    }
}
