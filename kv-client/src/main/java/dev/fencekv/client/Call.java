package dev.fencekv.client;

import dev.fencekv.client.RetryDecision.Repeat;
import dev.fencekv.kv.RequestId;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request from its first attempt until it is settled. Made by any thread, then owned by the
 * event loop. At most one attempt is under way at a time.
 */
final class Call {
    /** {@link #deadlineNanos} of a call that ends with its session only. */
    enum AtDeadline {
        /** Report what is known then. */
        REPORT,
        /** Go on if it may have been proposed: its end must be known. */
        GO_ON_IF_PROPOSED,
        /** Go on until it is settled or its session is over. */
        GO_ON
    }

    /** Who must answer. */
    enum Target {
        LEADER,
        ANY_NODE,
        /** The node of {@link #endpoint}, once. */
        ONE_NODE
    }

    /** What becomes of a call. Called on the event loop; exactly one of the first two, once. */
    interface Listener {
        /**
         * @param more whether {@link #followUp} or {@link #followUpLost} is yet to come
         */
        void settled(Reply reply, boolean more);

        void failed(FenceKvException failure);

        /** A later reply to a call that was settled. */
        default void followUp(Reply reply) {}

        /** The connection that would have told more is gone. */
        default void followUpLost() {}
    }

    final Target target;
    final Repeat repeat;
    final Function<RequestId, Request> request;
    final Listener listener;
    final long deadlineNanos;
    final AtDeadline atDeadline;

    /** The only node to ask; empty unless the target is ONE_NODE. */
    final String endpoint;

    /** Set when the call is submitted to a session; null for calls without one. */
    @Nullable LiveSession session;

    /** Whether the call must not move to another session when its own is over. */
    boolean pinned;

    /** 0 until the session gives it one; then never changes. */
    long sequence;

    /** Whether an attempt that has ended could have been proposed. */
    boolean mayHaveBeenProposed;

    /** The node that was written to and has not answered; empty if none. */
    String underWayAt = "";

    String lastAsked = "";
    int attempts;
    boolean done;

    /** Whether the send times are wanted: reading both clocks costs a little. */
    boolean timed;

    @Nullable ClockReading firstSent;
    @Nullable ClockReading lastSent;

    /** Why the last attempt did not settle it, for people. */
    String trouble = "no answer yet";

    private Call(
            Target target,
            String endpoint,
            Repeat repeat,
            Function<RequestId, Request> request,
            long deadlineNanos,
            AtDeadline atDeadline,
            Listener listener) {
        this.target = target;
        this.endpoint = endpoint;
        this.repeat = repeat;
        this.request = request;
        this.deadlineNanos = deadlineNanos;
        this.atDeadline = atDeadline;
        this.listener = listener;
    }

    static Call read(Request request, long deadlineNanos, Listener listener) {
        return new Call(
                Target.ANY_NODE,
                "",
                Repeat.FREELY,
                id -> request,
                deadlineNanos,
                AtDeadline.REPORT,
                listener);
    }

    static Call readFrom(String endpoint, Request request, long deadlineNanos, Listener listener) {
        return new Call(
                Target.ONE_NODE,
                endpoint,
                Repeat.FREELY,
                id -> request,
                deadlineNanos,
                AtDeadline.REPORT,
                listener);
    }

    /** What the leader does, and may do twice. */
    static Call repeatable(Request request, long deadlineNanos, Listener listener) {
        Call call =
                new Call(
                        Target.LEADER,
                        "",
                        Repeat.FREELY,
                        id -> request,
                        deadlineNanos,
                        AtDeadline.REPORT,
                        listener);
        call.timed = true;
        return call;
    }

    static Call once(Request request, long deadlineNanos, Listener listener) {
        return new Call(
                Target.LEADER,
                "",
                Repeat.NEVER,
                id -> request,
                deadlineNanos,
                AtDeadline.REPORT,
                listener);
    }

    /** A command of a session. {@code request} must build the same command each time. */
    static Call command(
            Function<RequestId, Request> request,
            long deadlineNanos,
            AtDeadline atDeadline,
            Listener listener) {
        return new Call(
                Target.LEADER,
                "",
                Repeat.BY_SEQUENCE,
                request,
                deadlineNanos,
                atDeadline,
                listener);
    }

    /** Whether it, as far as the client knows, could still apply or have applied. */
    boolean couldBeProposed() {
        return mayHaveBeenProposed || !underWayAt.isEmpty();
    }

    /** The request as it is sent now, with the floor of now. */
    Request build() {
        LiveSession of = session;
        return request.apply(
                of == null || sequence == 0
                        ? RequestId.NONE
                        : new RequestId(of.id(), sequence, of.window.floor()));
    }

    /** Completes {@code future} with the settled reply, whatever its status. */
    static Listener completing(CompletableFuture<Reply> future) {
        return new Listener() {
            @Override
            public void settled(Reply reply, boolean more) {
                future.complete(reply);
            }

            @Override
            public void failed(FenceKvException failure) {
                future.completeExceptionally(failure);
            }
        };
    }
}
