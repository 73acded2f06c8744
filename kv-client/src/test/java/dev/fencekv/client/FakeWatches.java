package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The watches of a {@link FakeStore}: told all that has ever happened, one event to a reply.
 * Guarded by the store.
 */
final class FakeWatches {
    /** A watch, and the first revision that it has not been told. */
    private static final class FakeWatch {
        private final FakeNode.Ask ask;
        private long next;

        FakeWatch(FakeNode.Ask ask, long next) {
            this.ask = ask;
            this.next = next;
        }
    }

    /** By revision; one each. */
    private final TreeMap<Long, Object> happened = new TreeMap<>();

    private final List<FakeWatch> watches = new ArrayList<>();

    /** Before this revision nothing is known any more. */
    private long oldest;

    void forgetBefore(long revision) {
        oldest = revision;
    }

    void begin(FakeNode.Ask ask, long now) {
        long from = ((Request.Watching) ask.request()).fromRevision();
        FakeWatch watch = new FakeWatch(ask, from == 0 ? now + 1 : from);
        if (watch.next < oldest) {
            send(ask, Status.COMPACTED, now, new Reply.Compacted(oldest), false);
            return;
        }
        watches.add(watch);
        send(ask, Status.OK, now, new Reply.Watching(watch.next), true);
        tell(watch);
    }

    boolean cancel(FakeNode.Ask cancel) {
        long correlation = ((Request.CancelWatch) cancel.request()).watch();
        return watches.removeIf(
                watch -> watch.ask.sameChannel(cancel) && watch.ask.correlation() == correlation);
    }

    void forget(FakeNode.Ask ask) {
        watches.removeIf(watch -> watch.ask.sameChannel(ask));
    }

    int count() {
        return watches.size();
    }

    void happened(long revision, Object event) {
        happened.put(revision, event);
        watches.forEach(this::tell);
    }

    private void tell(FakeWatch watch) {
        happened.tailMap(watch.next).forEach((revision, event) -> tell(watch, revision, event));
        watch.next = happened.isEmpty() ? watch.next : Math.max(watch.next, happened.lastKey() + 1);
    }

    private void tell(FakeWatch watch, long revision, Object event) {
        Request request = watch.ask.request();
        if (request instanceof Request.Watch wanted
                && event instanceof RecordEvent change
                && wanted.range().contains(change.key())) {
            send(watch.ask, revision, new Reply.Events(true, List.of(change)));
        } else if (request instanceof Request.WatchLocks wanted
                && event instanceof LockEvent change
                && wanted.locks().contains(change.lock())
                && (wanted.queue() || !change.type().isOfQueue())) {
            send(watch.ask, revision, new Reply.LockEvents(true, List.of(change)));
        } else if (request instanceof Request.WatchRejections wanted
                && event instanceof Rejection refused
                && wanted.locks().contains(refused.violation().lock())) {
            send(watch.ask, revision, new Reply.RejectionEvents(true, List.of(refused)));
        }
    }

    private static void send(FakeNode.Ask ask, long revision, Reply.Body body) {
        send(ask, Status.OK, revision, body, true);
    }

    /** Always by a task of the channel's loop: so what one thread tells overtakes no other. */
    private static void send(
            FakeNode.Ask ask, Status status, long revision, Reply.Body body, boolean more) {
        Reply reply =
                new Reply(ask.request().opcode(), status, revision, HybridTimestamp.ZERO, body);
        ask.channel()
                .eventLoop()
                .execute(
                        () -> {
                            if (more) {
                                ask.replyMore(reply);
                            } else {
                                ask.reply(reply);
                            }
                        });
    }
}
