package dev.fencekv.server.request;

import dev.fencekv.kv.Status;
import dev.fencekv.server.replication.AppliedState;
import dev.fencekv.server.replication.PoisonedException;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.server.state.EventFeed;
import dev.fencekv.server.state.LockFeed;
import dev.fencekv.server.state.RecordFeed;
import dev.fencekv.server.state.RejectionFeed;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One watch of one client: what it has been told, and what comes next. Owned by the thread of
 * {@link Watches}; only {@link #confirm}, {@link #refuse} and {@link #cancel} may come from others.
 *
 * <p>What it is told from is its buffer: while its connection does not take more it falls behind,
 * and takes no memory. Who falls out of what is kept, or takes nothing for too long, is told so and
 * cut off.
 *
 * @param <E> the kind of events
 */
final class Watch<E> {
    /** What came of a step. */
    enum Step {
        /** There is more to tell. */
        BUSY,
        /** All is told. */
        IDLE,
        /** The connection does not take more just now. */
        HELD_UP,
        OVER
    }

    /** A connection that takes nothing for so long is cut off. */
    private static final long HELD_UP_NANOS_MAX = TimeUnit.SECONDS.toNanos(20);

    private final AppliedState state;
    private final Caller caller;
    private final ClientConnection connection;
    private final long correlation;
    private final Request.Watching request;

    /** By the first revision to tell. */
    private final LongFunction<EventFeed<E>> feeds;

    private final Answer<E> answer;

    /** "From now" means something only once a linearizable read would have been answered. */
    private volatile boolean confirmed;

    /** Why that cannot be; null unless it is so. */
    private volatile @Nullable Refusal refused;

    /** Null until the watch has begun. */
    private @Nullable EventFeed<E> feed;

    /** What the client knows to be told. A node that lags has not applied it yet. */
    private long toldRevision;

    /** Whether more of that revision is to be told, if only that it has ended. */
    private boolean toldInPart;

    private long toldAtNanos;

    /** Since when the connection takes no more; means nothing unless {@link #heldUp}. */
    private long heldUpSinceNanos;

    private boolean heldUp;

    private volatile boolean cancelled;

    /** The body that tells events; {@code whole} as in {@link Reply.Events}. */
    private interface Answer<E> {
        Reply.Body of(boolean whole, List<E> events);
    }

    private Watch(
            AppliedState state,
            Caller caller,
            long correlation,
            Request.Watching request,
            LongFunction<EventFeed<E>> feeds,
            Answer<E> answer) {
        this.state = state;
        this.caller = caller;
        this.connection = caller.connection();
        this.correlation = correlation;
        this.request = request;
        this.feeds = feeds;
        this.answer = answer;
        this.confirmed = request.fromRevision() > 0;
    }

    static Watch<?> of(AppliedState state, Caller caller, long correlation, Request.Watch request) {
        RecordFeed.Wanted wanted =
                new RecordFeed.Wanted(
                        request.range(),
                        request.puts(),
                        request.deletes(),
                        request.previous(),
                        request.keysOnly());
        return new Watch<>(
                state,
                caller,
                correlation,
                request,
                from -> new RecordFeed(wanted, from),
                Reply.Events::new);
    }

    static Watch<?> of(
            AppliedState state, Caller caller, long correlation, Request.WatchLocks request) {
        return new Watch<>(
                state,
                caller,
                correlation,
                request,
                from -> new LockFeed(request.locks(), request.queue(), from),
                Reply.LockEvents::new);
    }

    static Watch<?> of(
            AppliedState state, Caller caller, long correlation, Request.WatchRejections request) {
        RejectionFeed.Wanted wanted =
                new RejectionFeed.Wanted(request.range(), request.locks(), request.enforcedOnly());
        return new Watch<>(
                state,
                caller,
                correlation,
                request,
                from -> new RejectionFeed(wanted, from),
                Reply.RejectionEvents::new);
    }

    /** It may begin. Safe from any thread. */
    void confirm() {
        confirmed = true;
    }

    /** It cannot begin here. Safe from any thread. */
    void refuse(Refusal why) {
        refused = why;
    }

    /** Nothing more is told, but that it is over. Safe from any thread. */
    void cancel() {
        cancelled = true;
    }

    /** Tells the next portion, if there is one and the connection takes it. Never blocks. */
    Step step(long nowNanos) {
        if (!connection.isOpen()) {
            return Step.OVER;
        }
        if (cancelled) {
            return end(Status.OK, Reply.NOTHING);
        }
        Refusal why = refused;
        if (why != null) {
            caller.refused(why);
            return Step.OVER;
        }
        if (!confirmed) {
            return Step.IDLE;
        }
        try {
            EventFeed<E> reading = feed;
            return reading == null ? begin(nowNanos) : tell(reading, nowNanos);
        } catch (PoisonedException e) {
            return end(Status.UNAVAILABLE, new Reply.Message("this node has stopped"));
        }
    }

    private Step begin(long nowNanos) {
        long now = state.read(machine -> machine.cluster().isNone() ? -1 : machine.revision());
        if (now < 0) {
            return end(
                    Status.UNAVAILABLE,
                    new Reply.Message("this node has applied nothing yet: try another one"));
        }
        long from = request.fromRevision() == 0 ? now + 1 : request.fromRevision();
        EventFeed<E> beginning = feeds.apply(from);
        if (state.read(beginning::read) == null) {
            return endCompacted(beginning);
        }
        feed = beginning;
        toldRevision = from - 1;
        toldAtNanos = nowNanos;
        Reply reply =
                new Reply(
                        request.opcode(),
                        Status.OK,
                        now,
                        state.lastStamp(),
                        new Reply.Watching(from));
        connection.reply(correlation, reply, true);
        return Step.BUSY;
    }

    private Step tell(EventFeed<E> reading, long nowNanos) {
        if (!connection.takesMore()) {
            return heldUp(nowNanos);
        }
        EventFeed.Portion<E> portion = state.read(reading::read);
        if (portion == null) {
            return endCompacted(reading);
        }
        boolean news =
                !portion.events().isEmpty()
                        || toldInPart && portion.whole()
                        || isProgressDue(portion, nowNanos);
        if (news) {
            Reply reply =
                    new Reply(
                            request.opcode(),
                            Status.OK,
                            Math.max(toldRevision, portion.revision()),
                            portion.stamp(),
                            answer.of(portion.whole(), portion.events()));
            if (!connection.offer(correlation, reply)) {
                return heldUp(nowNanos);
            }
            toldRevision = reply.revision();
            toldInPart = !portion.whole();
            toldAtNanos = nowNanos;
        }
        heldUp = false;
        reading.taken(portion);
        return portion.atEnd() ? Step.IDLE : Step.BUSY;
    }

    private boolean isProgressDue(EventFeed.Portion<E> portion, long nowNanos) {
        return request.progressMs() > 0
                && portion.whole()
                && nowNanos - toldAtNanos >= TimeUnit.MILLISECONDS.toNanos(request.progressMs());
    }

    /** How long until {@link #step} should be called although nothing happens. */
    long patienceNanos(long nowNanos) {
        return feed == null || request.progressMs() == 0
                ? Long.MAX_VALUE
                : Math.max(
                        0,
                        toldAtNanos
                                + TimeUnit.MILLISECONDS.toNanos(request.progressMs())
                                - nowNanos);
    }

    private Step heldUp(long nowNanos) {
        if (!heldUp) {
            heldUp = true;
            heldUpSinceNanos = nowNanos;
        }
        if (nowNanos - heldUpSinceNanos > HELD_UP_NANOS_MAX) {
            return end(
                    Status.OVERLOADED,
                    new Reply.Message(
                            "the watch was cut off: its connection has taken nothing for "
                                    + TimeUnit.NANOSECONDS.toSeconds(HELD_UP_NANOS_MAX)
                                    + " s; read faster, or watch less, and go on from the last"
                                    + " revision that was whole"));
        }
        return Step.HELD_UP;
    }

    private Step endCompacted(EventFeed<E> reading) {
        long oldest = state.read(reading::floorRevision);
        return end(Status.COMPACTED, new Reply.Compacted(oldest));
    }

    /** The last reply. */
    Step end(Status status, Reply.Body body) {
        connection.reply(
                correlation,
                new Reply(request.opcode(), status, 0, state.lastStamp(), body),
                false);
        return Step.OVER;
    }
}
