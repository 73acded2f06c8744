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
import java.util.function.Function;
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

    static final String CLOSED = "this client was closed";

    /** Commands that wait for a session or for room in its window. */
    static final int WAITING_MAX = 32_768;

    private final ClientOptions options;
    private final Clocks clocks;
    private final Timers timers;
    private final Grants grants;
    private final Consumer<SessionId> onLost;

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
        boolean first = call.kind.passesLimits();
        if (!first && session.waiting.size() >= WAITING_MAX) {
            call.done = true;
            call.listener.failed(
                    new UnavailableException(
                            WAITING_MAX + " commands wait for their turn; slow down"));
        } else if (dispatcher().admit(call)) {
            if (first) {
                session.waiting.addFirst(call);
            } else {
                session.waiting.addLast(call);
            }
            drain(session);
        }
    }

    private void drain(LiveSession session) {
        if (session.draining) {
            return; // A call that ends while it is sent comes back here.
        }
        session.draining = true;
        try {
            Call call = session.waiting.peek();
            while (call != null && session.isOpen() && number(session.window, call)) {
                session.waiting.remove();
                dispatcher().send(call);
                call = session.waiting.peek();
            }
        } finally {
            session.draining = false;
        }
    }

    /** False if there is no number for it yet. */
    private static boolean number(SequenceWindow window, Call call) {
        if (call.done || call.givenUp) {
            return true;
        }
        boolean hasRoom =
                call.kind.passesLimits() ? window.hasRoomForGivingBack() : window.hasRoom();
        if (hasRoom) {
            call.sequence = window.take();
        }
        return hasRoom;
    }

    // --- what the dispatcher tells -------------------------------------------------------------

    @Override
    public void sessionExpired(LiveSession session) {
        end(session, LockLost.Cause.SESSION_EXPIRED);
    }

    @Override
    public void settled(Call call, Reply reply) {
        if (reply.body() instanceof Reply.Fenced fenced) {
            grants.fenced(fenced.violations());
        }
        if (call.kind == Call.Kind.GIVE_BACK && isRefusal(reply.status())) {
            giveUp(Check.present(call.session, "session"));
        }
    }

    private static boolean isRefusal(Status status) {
        return switch (status.next()) {
            case GO_ON, DECIDE, NEW_SESSION -> false;
            case STOP -> status != Status.FENCED; // A token that is not live holds nothing.
            case REDIRECT, RETRY_LATER, ASK_AGAIN, FIX_REQUEST, TRY_OTHER_NODES -> true;
        };
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

    /** Whoever only reads opens no session: he need not wait for a generator of secrets. */
    private static SessionNonce newNonce() {
        SecureRandom random = new SecureRandom();
        return new SessionNonce(random.nextLong(), random.nextLong() | 1);
    }

    private LiveSession currentOrNew() {
        LiveSession session = current;
        boolean opened = session != null && !session.id().isNone();
        if (opened && session.state(clocks) == LockState.LOST) {
            end(session, LockLost.Cause.DEADLINE_PASSED);
            session = current;
        }
        if (session == null) {
            session = new LiveSession(newNonce());
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
        long deadlineNanos = clocks.nanos() + options.requestTimeout().toNanos();
        Call call = Call.plain(Call.Kind.KEEP_ALIVE, request, deadlineNanos, listener);
        listener.call = call;
        if (dispatcher().admit(call)) {
            dispatcher().send(call);
        }
    }

    private final class OpenListener implements Call.Listener {
        private final LiveSession session;
        private @Nullable Call call;

        OpenListener(LiveSession session) {
            this.session = session;
        }

        @Override
        public void settled(Reply reply, boolean more) {
            Call opening = Check.present(call, "opening");
            if (session.ended) {
                return;
            }
            if (reply.body() instanceof Reply.SessionOpened opened) {
                opened(opening, opened);
            } else if (reply.status() == Status.SESSION_EXPIRED && opening.attempts > 0) {
                openAnother(session); // An earlier attempt opened it, and it is over already.
            } else {
                notOpened(session, Replies.exception(reply));
            }
        }

        private void opened(Call opening, Reply.SessionOpened opened) {
            // HAZARD: a repeated opening finds the session of the first, which has been running
            // since then. The last attempt's send time would promise time that is gone.
            ClockReading sent = Check.present(opening.firstSent, "send time of the opening");
            session.open(opened.session(), new Lease(sent, opened.ttlMs() * NANOS_PER_MS));
            session.renewalDueNanos = sent.nanos() + renewalNanos(session);
            dispatcher().sessionOpened(opening, session);
            pulse(session); // Armed before anybody hears of the session.
            if (!session.ended) {
                session.opened.complete(opened.session());
                drain(session);
            }
        }

        @Override
        public void failed(FenceKvException failure) {
            if (!session.ended) {
                notOpened(session, failure);
            }
        }
    }

    private void notOpened(LiveSession session, FenceKvException failure) {
        leave(session, failure);
        long now = clocks.nanos();
        for (Call call : session.takeWaiting()) {
            // The opening's time was up: who came after it has some left.
            if (failure instanceof UnavailableException && call.hasTime(now)) {
                moveToNext(call);
            } else {
                dispatcher().fail(call, failure);
            }
        }
    }

    /** Nothing was sent in this one: whoever waits for it may as well wait for the next. */
    private void openAnother(LiveSession session) {
        session.ended = true;
        current = null;
        ClientCore.forward(currentOrNew().opened, session.opened);
        session.takeWaiting().forEach(this::moveToNext);
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
        boolean urgent = state == LockState.SUSPECT && !session.renewalFailed;
        if (urgent || session.renewalDueNanos - now <= 0) {
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
                Call.plain(
                        Call.Kind.KEEP_ALIVE,
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
            session.renewalFailed = false;
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
            session.renewalFailed = true;
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
        SessionExpiredException expired = expired(session);
        leave(session, expired);
        grants.sessionOver(session, cause);
        onLost.accept(session.id());
        List<Call> unsent = session.takeWaiting();
        dispatcher().sessionOver(session, expired);
        unsent.forEach(this::moveToNext);
    }

    /**
     * HAZARD: a lock that the store will not take back stays held as long as its session is
     * renewed, and nobody knows. So the session goes, and all its locks with it: at once if it may
     * be closed, else when its TTL has passed.
     */
    private void giveUp(LiveSession session) {
        if (!session.ended) {
            end(session, LockLost.Cause.SESSION_GIVEN_UP);
            closeInStore(session);
        }
    }

    private void leave(LiveSession session, FenceKvException why) {
        session.ended = true;
        session.markOver();
        if (current == session) {
            current = null;
        }
        if (session.pulse != null) {
            session.pulse.cancel();
        }
        session.opened.completeExceptionally(why);
        session.confirmations.forEach(each -> each.complete(null));
        new ArrayList<>(session.dependents).forEach(Runnable::run);
    }

    /** Never sent, so it may run in another session as well. */
    private void moveToNext(Call call) {
        if (call.done) {
            return;
        }
        if (call.pinned) {
            dispatcher().fail(call, expired(Check.present(call.session, "session")));
            return;
        }
        LiveSession next = currentOrNew();
        call.session = next;
        next.waiting.addLast(call);
        drain(next);
    }

    static SessionExpiredException expired(LiveSession session) {
        return new SessionExpiredException(
                "session " + session.id() + " is over; the command was not applied");
    }

    /** Ends everything that the session has open, then the session in the store. */
    CompletableFuture<Void> close() {
        LiveSession session = current;
        if (session != null) {
            leave(session, new UnavailableException(CLOSED));
        }
        dispatcher().failAll(CLOSED);
        return session == null || session.id().isNone()
                ? CompletableFuture.completedFuture(null)
                : closeInStore(session);
    }

    /** Completes when that is settled or cannot be. */
    private CompletableFuture<Void> closeInStore(LiveSession session) {
        if (!session.window.hasRoomForGivingBack()) {
            return CompletableFuture.completedFuture(null);
        }
        Answer<Reply> reply = new Answer<>(Function.identity());
        Call call =
                Call.command(
                        Call.Kind.GIVE_BACK,
                        Request.CloseSession::new,
                        clocks.nanos() + KvClient.closeTimeout().toNanos(),
                        reply);
        call.session = session;
        call.sequence = session.window.take();
        dispatcher().admit(call);
        dispatcher().send(call);
        return reply.handle((settled, failure) -> null);
    }

    private Dispatcher dispatcher() {
        return Check.present(dispatcher, "dispatcher");
    }
}
