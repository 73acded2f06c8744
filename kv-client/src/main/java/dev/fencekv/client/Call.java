package dev.fencekv.client;

import dev.fencekv.client.RetryDecision.Repeat;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.RequestId;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request from its first attempt until it is settled. Made by any thread, then owned by the
 * event loop. At most one attempt is under way at a time.
 */
final class Call {
    /** What a call is for: who answers it, how often it may be sent, when it is given up. */
    enum Kind {
        /** Any node answers. */
        READ(Repeat.FREELY),
        /** The node of {@link #endpoint} answers, or nobody. */
        READ_FROM(Repeat.FREELY),
        /** A write without a session. */
        WRITE_ONCE(Repeat.NEVER),
        /** A command of a session. */
        COMMAND(Repeat.BY_SEQUENCE),
        /** A command that goes on past its deadline if it may have been proposed. */
        ACQUIRE(Repeat.BY_SEQUENCE),
        /** Opens or renews a session. */
        KEEP_ALIVE(Repeat.FREELY),
        /** Gives a lock, a place in a queue, or the session back. */
        GIVE_BACK(Repeat.UNTIL_SETTLED);

        final Repeat repeat;

        Kind(Repeat repeat) {
            this.repeat = repeat;
        }

        /**
         * Whether no limit of the client's own holds it up: it lightens the load, or keeps alive
         * what all others depend on. There are no more of these than locks.
         */
        boolean passesLimits() {
            return this == KEEP_ALIVE || this == GIVE_BACK;
        }
    }

    /** {@link #deadlineNanos} of a call that ends with its session only. */
    static final long NO_DEADLINE = Long.MAX_VALUE;

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

    final Kind kind;
    final Function<RequestId, Request> request;
    final Listener listener;
    final long deadlineNanos;

    /** The only node to ask; empty unless it is READ_FROM. */
    final String endpoint;

    /** Set when the call is submitted to a session; null for calls without one. */
    @Nullable LiveSession session;

    /** Whether the call must not move to another session when its own is over. */
    boolean pinned;

    /** 0 until the session gives it one; then never changes. */
    long sequence;

    /** To be sent instead of the highest seen; null as long as that was not refused. */
    @Nullable HybridTimestamp stamp;

    /** Whether an attempt that has ended could have been proposed. */
    boolean mayHaveBeenProposed;

    /** Whether a node was written to and has not answered. */
    boolean underWay;

    /** Of the last attempt's frame. */
    long correlation;

    int bytes;

    String lastAsked = "";
    int attempts;

    /** Of the last attempts: how many followed the name of a leader without a pause. */
    int redirects;

    /**
     * Nodes that have said COMPACTED, or that could not be reached: from none of them what this
     * read wants is to be had. Null before the first.
     */
    private @Nullable Set<String> ruledOut;

    boolean done;

    /**
     * Whether nobody wants the answer any more: never written from then on. Set by any thread,
     * once, before the event loop is told, which ends the call.
     */
    volatile boolean givenUp;

    /** Whether it is among the {@link OpenCalls}, which set it, as the next two. */
    boolean open;

    @Nullable Call previous;
    @Nullable Call next;

    /** Of a KEEP_ALIVE only: reading both clocks costs a little. */
    @Nullable ClockReading firstSent;

    @Nullable ClockReading lastSent;

    /** Why the last attempt did not settle it, for people. */
    String trouble = "no answer yet";

    private Call(
            Kind kind,
            String endpoint,
            Function<RequestId, Request> request,
            long deadlineNanos,
            Listener listener) {
        this.kind = kind;
        this.endpoint = endpoint;
        this.request = request;
        this.deadlineNanos = deadlineNanos;
        this.listener = listener;
    }

    /** A request without a sequence number. */
    static Call plain(Kind kind, Request request, long deadlineNanos, Listener listener) {
        return new Call(kind, "", id -> request, deadlineNanos, listener);
    }

    static Call readFrom(String endpoint, Request request, long deadlineNanos, Listener listener) {
        return new Call(Kind.READ_FROM, endpoint, id -> request, deadlineNanos, listener);
    }

    /** A command of a session. {@code request} must build the same command each time. */
    static Call command(
            Kind kind,
            Function<RequestId, Request> request,
            long deadlineNanos,
            Listener listener) {
        return new Call(kind, "", request, deadlineNanos, listener);
    }

    /** Whether it, as far as the client knows, could still apply or have applied. */
    boolean couldBeProposed() {
        return mayHaveBeenProposed || underWay;
    }

    void ruleOut(String node) {
        Set<String> nodes = ruledOut;
        if (nodes == null) {
            nodes = new HashSet<>();
            ruledOut = nodes;
        }
        nodes.add(node);
    }

    /** Whether there is nobody among {@code nodes} who might still answer this read. */
    boolean hasRuledOut(Collection<String> nodes) {
        Set<String> out = ruledOut;
        return out != null && out.containsAll(nodes);
    }

    /** Whether it is not given up yet. */
    boolean hasTime(long now) {
        return deadlineNanos == NO_DEADLINE
                || deadlineNanos - now > 0
                || kind == Kind.ACQUIRE && couldBeProposed();
    }

    /** The request as it is sent now, with the floor of now. */
    Request build() {
        LiveSession of = session;
        return request.apply(
                of == null || sequence == 0
                        ? RequestId.NONE
                        : new RequestId(of.id(), sequence, of.window.floor()));
    }
}
