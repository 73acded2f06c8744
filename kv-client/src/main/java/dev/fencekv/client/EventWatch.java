package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link Watch} of events of one kind, whichever it is. */
final class EventWatch<E> implements Watch {
    private static final Logger log = LoggerFactory.getLogger(EventWatch.class);

    /** Events that wait for the listener: above it nothing more is asked for. */
    private static final int WAITING_EVENTS_MAX = 10_000;

    /** And so many bytes of them. */
    private static final long WAITING_BYTES_MAX = 8L << 20;

    /** What one revision may have changed, in bytes as they are held: it is told as a whole. */
    private static final long REVISION_BYTES_MAX = 64L << 20;

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final ClientCore core;
    private final WatchSource<E> source;
    private final WatchListener<E> listener;

    /** The listener's. */
    private final ThreadPoolExecutor thread;

    private final AtomicLong waitingEvents = new AtomicLong();
    private final AtomicLong waitingBytes = new AtomicLong();

    /** The first that the listener has not been told to its end; 0 until "from now" is known. */
    private volatile long resumeRevision;

    private volatile boolean over;

    // --- owned by the event loop ---------------------------------------------------------------

    /** What came of the one revision that is not whole yet. */
    private final List<E> part = new ArrayList<>();

    private long partBytes;

    /** Where it was told last: another node is asked first. Empty: whichever. */
    private String left = "";

    /** What is being told; null while it pauses. */
    private @Nullable Stream stream;

    /** The first that has not come to its end: what waits for the listener lies before it. */
    private long nextRevision;

    private boolean isBegun;

    /** No node tells more; the listener may have yet to hear of it. */
    private boolean ended;

    private EventWatch(ClientCore core, WatchSource<E> source, WatchListener<E> listener) {
        this.core = core;
        this.source = source;
        this.listener = listener;
        this.nextRevision = source.fromRevision();
        this.resumeRevision = source.fromRevision();
        this.thread =
                new ThreadPoolExecutor(
                        1,
                        1,
                        1,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        task -> {
                            Thread made = new Thread(task, "fencekv-watch");
                            made.setDaemon(true);
                            return made;
                        });
        thread.allowCoreThreadTimeOut(true);
    }

    /** Begins one. Safe from any thread. */
    static <E> Watch begin(ClientCore core, WatchSource<E> source, WatchListener<E> listener) {
        EventWatch<E> watch = new EventWatch<>(core, source, listener);
        core.run(watch::start);
        return watch;
    }

    @Override
    public long nextRevision() {
        return resumeRevision;
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void close() {
        over = true;
        thread.getQueue().clear();
        thread.shutdown();
        core.run(this::stop);
    }

    // --- on the event loop ---------------------------------------------------------------------

    private void start() {
        if (over || ended || stream != null) {
            return;
        }
        clearPart();
        Stream begun = new Stream();
        stream = begun;
        Request request = source.request(nextRevision);
        Call call = Call.plain(Call.Kind.READ, request, Call.NO_DEADLINE, begun);
        if (!left.isEmpty()) {
            call.lastAsked = left;
            call.attempts = 1; // There.
            left = "";
        }
        begun.call = call;
        begun.listen();
        core.send(call);
    }

    private void clearPart() {
        part.clear();
        partBytes = 0;
    }

    private void stop() {
        Stream ending = stream;
        stream = null;
        if (ending != null) {
            ending.leave();
        }
    }

    /** Goes on at another node, if there is one that answers. */
    private void elsewhere() {
        Stream ending = stream;
        stop();
        if (ending != null && ending.call != null) {
            left = ending.call.lastAsked;
        }
        core.after(RETRY_NANOS, this::start);
    }

    /** At the node that was asked first: all before {@code next} is behind the watch. */
    private void begun(long next) {
        if (isBegun) {
            return;
        }
        isBegun = true;
        nextRevision = next;
        tell(() -> listener.onBegin(next), next - 1, 0, 0);
    }

    private void told(Reply reply, WatchSource.Told<E> told) {
        for (E event : told.events()) {
            part.add(event);
            partBytes += source.bytesOf(event);
        }
        long next = told.whole() ? reply.revision() + 1 : reply.revision();
        nextRevision = Math.max(nextRevision, next);
        boolean hasEvents = handOver(next, reply.stamp());
        if (partBytes > REVISION_BYTES_MAX) {
            stop();
            end(tooLarge(reply.revision()));
        } else if (hasEvents && isTooMuchWaiting()) {
            stop();
        } else if (!hasEvents && told.whole()) {
            HybridTimestamp stamp = reply.stamp();
            tell(() -> listener.onProgress(reply.revision(), stamp), reply.revision(), 0, 0);
        }
    }

    /** Of the events that came those before revision {@code next}. False if there are none. */
    private boolean handOver(long next, HybridTimestamp stamp) {
        int count = 0;
        long bytes = 0;
        while (count < part.size() && source.revisionOf(part.get(count)) < next) {
            bytes += source.bytesOf(part.get(count));
            count++;
        }
        if (count == 0) {
            return false;
        }
        List<E> whole = part.subList(0, count);
        WatchBatch<E> batch = new WatchBatch<>(whole, next - 1, stamp);
        whole.clear();
        partBytes -= bytes;
        tell(() -> listener.onEvents(batch), batch.revision(), count, bytes);
        return true;
    }

    private static FenceKvException tooLarge(long revision) {
        return new FenceKvException(
                Status.TOO_LARGE,
                "revision "
                        + revision
                        + " has changed more than "
                        + REVISION_BYTES_MAX
                        + " bytes of what is watched, and is told as a whole or not at all: watch"
                        + " it without previous values, with keys only, or fewer keys");
    }

    private boolean isTooMuchWaiting() {
        return waitingEvents.get() > WAITING_EVENTS_MAX || waitingBytes.get() > WAITING_BYTES_MAX;
    }

    private void tell(Runnable call, long revision, long events, long bytes) {
        waitingEvents.addAndGet(events);
        waitingBytes.addAndGet(bytes);
        try {
            thread.execute(
                    () -> {
                        if (!over) {
                            callListener(call);
                            resumeRevision = Math.max(resumeRevision, revision + 1);
                        }
                        waitingBytes.addAndGet(-bytes);
                        if (waitingEvents.addAndGet(-events) == 0) {
                            core.run(this::start); // It may have paused.
                        }
                    });
        } catch (RejectedExecutionException e) {
            log.debug("a watch was closed while it was told", e);
        }
    }

    private static void callListener(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            log.warn("a watch listener failed", e);
        }
    }

    private void end(FenceKvException reason) {
        ended = true;
        try {
            thread.execute(
                    () -> {
                        if (!over) {
                            over = true;
                            callListener(() -> listener.onEnd(reason));
                        }
                        thread.shutdown();
                    });
        } catch (RejectedExecutionException e) {
            log.debug("a watch was closed while it ended", e);
        }
    }

    /** One request and what one node answers to it. */
    private final class Stream implements Call.Listener {
        private @Nullable Call call;

        /** The node was asked to tell no more. */
        private boolean cancelled;

        /** Since the last look, has it said anything? */
        private boolean heard;

        private Timers.@Nullable Timer look;

        private boolean isCurrent() {
            return stream == this && !over;
        }

        /** A node that tells nothing for much longer than it should is left. */
        void listen() {
            heard = false;
            look = core.after(quietNanosMax(), this::look);
        }

        private void look() {
            if (!isCurrent()) {
                return;
            }
            if (heard) {
                listen();
                return;
            }
            Call of = call;
            log.debug("a watch hears nothing from {}", of == null ? "any node" : of.lastAsked);
            elsewhere();
        }

        private long quietNanosMax() {
            return 2 * (source.progress().toNanos() + core.options().silence().toNanos());
        }

        @Override
        public void settled(Reply reply, boolean more) {
            heard = true;
            if (!isCurrent()) {
                cancel();
            } else if (reply.status() == Status.OK
                    && reply.body() instanceof Reply.Watching watching) {
                begun(watching.nextRevision());
            } else {
                cancelled = true; // It did not begin.
                stop();
                end(Replies.exception(reply));
            }
        }

        @Override
        public void failed(FenceKvException failure) {
            if (isCurrent()) {
                cancelled = true;
                stop();
                end(failure);
            }
        }

        @Override
        public void followUp(Reply reply) {
            heard = true;
            if (!isCurrent()) {
                cancel();
                return;
            }
            WatchSource.Told<E> told =
                    reply.status() == Status.OK ? source.told(reply.body()) : null;
            if (told != null) {
                told(reply, told);
            } else {
                // Cut off, or the node is, or stops: another one may go on.
                cancelled = true;
                elsewhere();
            }
        }

        @Override
        public void followUpLost() {
            if (isCurrent()) {
                cancelled = true;
                elsewhere();
            }
        }

        /** Nobody listens any more. What was not answered yet is cancelled once it is. */
        void leave() {
            Timers.Timer looking = look;
            if (looking != null) {
                looking.cancel();
            }
            Call of = call;
            if (of != null && !of.done) {
                core.giveUp(of);
            } else {
                cancel();
            }
        }

        private void cancel() {
            Call of = call;
            if (of != null && of.done && !cancelled) {
                cancelled = true;
                Request cancel = new Request.CancelWatch(of.correlation);
                core.send(
                        Call.readFrom(
                                of.lastAsked,
                                cancel,
                                core.deadlineNanos(),
                                new Answer<>(reply -> reply)));
            }
        }
    }
}
