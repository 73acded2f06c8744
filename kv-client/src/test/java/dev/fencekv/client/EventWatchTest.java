package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockEventType;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Watches of all kinds against nodes that go and cut off. */
class EventWatchTest extends ClientFixture {
    private static final Duration LONG = Duration.ofSeconds(60);

    /** What a watch was told. */
    private static final class Heard<E> implements WatchListener<E> {
        private final List<Long> begun = new CopyOnWriteArrayList<>();
        private final List<E> events = new CopyOnWriteArrayList<>();
        private volatile @Nullable FenceKvException end;

        @Override
        public void onBegin(long revision) {
            begun.add(revision);
        }

        @Override
        public void onEvents(WatchBatch<E> batch) {
            events.addAll(batch.events());
        }

        @Override
        public void onEnd(FenceKvException reason) {
            end = reason;
        }
    }

    private void awaitBegun(Heard<?> heard) {
        eventually(() -> !heard.begun.isEmpty());
    }

    private static List<String> keys(Heard<RecordEvent> heard) {
        return heard.events.stream().map(event -> event.key().toString()).toList();
    }

    @Test
    void eachKindIsToldItsOwn() throws Exception {
        KvClient client = client(node());
        Heard<RecordEvent> records = new Heard<>();
        Heard<LockEvent> locks = new Heard<>();
        Heard<Rejection> rejections = new Heard<>();
        client.watch(WatchOptions.prefix("a/"), records);
        client.watchLocks(LockWatchOptions.lock("disk"), locks);
        client.watchRejections(RejectionWatchOptions.ALL, rejections);
        eventually(() -> store.watches() == 3);

        FencedLock lock = client.lock("disk");
        lock.lock(LONG);
        client.lock("tape").lock(LONG);
        client.put("a/1", "x");
        client.put("b/1", "x");
        store.grantToStranger("disk");
        assertThat(failure(lock.putAsync(Key.of("a/2"), Value.of("late"), WriteOptions.NONE)))
                .isInstanceOf(FencedException.class);

        eventually(() -> locks.events.size() == 3 && !rejections.events.isEmpty());
        assertThat(keys(records)).containsExactly("a/1");
        assertThat(locks.events.stream().map(LockEvent::type))
                .containsExactly(
                        LockEventType.GRANTED, LockEventType.EXPIRED, LockEventType.GRANTED);
        assertThat(rejections.events)
                .singleElement()
                .satisfies(
                        rejection ->
                                assertThat(rejection.violation().reason())
                                        .isEqualTo(FenceReason.SUPERSEDED));
    }

    @Test
    void whoWaitsIsToldToThoseWhoAsk() {
        KvClient client = client(node());
        Heard<LockEvent> heard = new Heard<>();
        client.watchLocks(LockWatchOptions.prefix("di").withQueue(), heard);
        awaitBegun(heard);
        store.grantToStranger("disk");
        client.lock("disk").lockAsync(LONG);
        eventually(() -> heard.events.size() == 2);
        assertThat(heard.events.get(1).type()).isEqualTo(LockEventType.QUEUED);
        assertThat(heard.events.get(1).token().isNone()).isTrue();
    }

    @Test
    void nothingIsLeftOutOrToldTwiceWhenConnectionsAreCut() {
        FakeNode node = node();
        KvClient client = client(node);
        Heard<RecordEvent> heard = new Heard<>();
        Watch watch = client.watch(WatchOptions.prefix("a/"), heard);
        awaitBegun(heard);
        for (int i = 0; i < 5; i++) {
            client.put("a/" + i, "x");
            node.disconnectAll();
        }
        eventually(() -> heard.events.size() >= 5);
        client.put("a/5", "x");
        eventually(() -> heard.events.size() >= 6);
        assertThat(keys(heard)).isEqualTo(IntStream.range(0, 6).mapToObj(i -> "a/" + i).toList());
        assertThat(heard.begun).as("it begins once").hasSize(1);
        assertThat(node.received(Opcode.WATCH)).hasSizeGreaterThan(1);
        assertThat(watch.isOver()).isFalse();
    }

    @Test
    void whoIsCutOffGoesOn() {
        FakeNode node = node();
        node.next(
                Opcode.WATCH_LOCKS,
                ask -> {
                    ask.replyMore(
                            new Reply(
                                    Opcode.WATCH_LOCKS,
                                    Status.OK,
                                    0,
                                    HybridTimestamp.ZERO,
                                    new Reply.Watching(1)));
                    ask.reply(Status.OVERLOADED, new Reply.Message("too slow"));
                });
        Heard<LockEvent> heard = new Heard<>();
        client(node).watchLocks(LockWatchOptions.lock("disk"), heard);
        awaitBegun(heard);
        store.grantToStranger("disk");
        eventually(() -> heard.events.size() == 1);
        assertThat(node.received(Opcode.WATCH_LOCKS))
                .extracting(ask -> ((Request.WatchLocks) ask.request()).fromRevision())
                .containsExactly(0L, 1L);
    }

    @Test
    void whatNoNodeKnowsAnyMoreEndsIt() {
        KvClient client = client(node());
        client.put("a/1", "x");
        store.forgetHistory();
        Heard<LockEvent> heard = new Heard<>();
        Watch watch = client.watchLocks(LockWatchOptions.lock("disk").from(1), heard);
        eventually(() -> heard.end != null);
        assertThat(heard.end).isInstanceOf(CompactedException.class);
        assertThat(watch.isOver()).isTrue();
    }

    @Test
    void whoIsCutOffWhileItsClientClosesIsToldSoAndDoesNotKeepItOpen() throws Exception {
        FakeNode node = node();
        ManualTime time = new ManualTime();
        KvClient client = client(time, node);
        client.put("a", "1");
        AtomicReference<FakeNode.Ask> watching = new AtomicReference<>();
        node.next(
                Opcode.WATCH_LOCKS,
                ask -> {
                    ask.replyMore(
                            new Reply(
                                    Opcode.WATCH_LOCKS,
                                    Status.OK,
                                    0,
                                    HybridTimestamp.ZERO,
                                    new Reply.Watching(1)));
                    watching.set(ask);
                });
        Heard<LockEvent> heard = new Heard<>();
        client.watchLocks(LockWatchOptions.lock("disk"), heard);
        awaitBegun(heard);
        AtomicReference<FakeNode.Ask> closing = new AtomicReference<>();
        node.next(Opcode.CLOSE_SESSION, closing::set);

        watching.get().reply(Status.OVERLOADED, new Reply.Message("too slow"));
        get(client.statusAsync(node.endpoint())); // Behind it.
        CompletableFuture<Void> closed = client.closeAsync();
        eventually(() -> closing.get() != null);
        time.advance(Duration.ofMillis(50)); // It would go on elsewhere.

        eventually(() -> heard.end != null);
        node.answer(closing.get());
        get(closed);
        eventually(() -> node.connections() == 0);
    }

    @Test
    void aClosedWatchIsCancelled() {
        KvClient client = client(node());
        Heard<Rejection> heard = new Heard<>();
        Watch watch = client.watchRejections(RejectionWatchOptions.ALL, heard);
        awaitBegun(heard);
        watch.close();
        eventually(() -> store.watches() == 0);
        assertThat(watch.isOver()).isTrue();
    }
}
