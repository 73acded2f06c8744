package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.EventType;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever becomes of nodes and listeners: each change is told once, in order, or the end is. */
class WatchTest extends ClientFixture {
    private static final WatchOptions ALL =
            WatchOptions.prefix("").progress(Duration.ofMillis(100));

    private final FakeNode one = node();
    private final FakeNode other = node();
    private final List<FakeNode.Ask> atOne = watchesOf(one);
    private final List<FakeNode.Ask> atOther = watchesOf(other);

    private static List<FakeNode.Ask> watchesOf(FakeNode node) {
        List<FakeNode.Ask> asked = new CopyOnWriteArrayList<>();
        node.always(Opcode.WATCH, asked::add);
        node.always(Opcode.CANCEL_WATCH, ask -> ask.reply(Status.OK));
        return asked;
    }

    /** What a watch was told. Blocks while it is held. */
    private static final class Heard implements WatchListener<RecordEvent> {
        private final List<Long> revisions = new CopyOnWriteArrayList<>();
        private final AtomicLong reached = new AtomicLong();
        private volatile CountDownLatch held = new CountDownLatch(0);
        private volatile @Nullable FenceKvException end;

        @Override
        public void onEvents(WatchBatch<RecordEvent> batch) {
            try {
                held.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            batch.events().forEach(event -> revisions.add(event.revision()));
            reached.set(batch.revision());
        }

        @Override
        public void onProgress(long revision, HybridTimestamp stamp) {
            reached.set(revision);
        }

        @Override
        public void onEnd(FenceKvException reason) {
            end = reason;
        }
    }

    private static void begin(FakeNode.Ask ask) {
        long from = ((Request.Watch) ask.request()).fromRevision();
        tell(ask, from - 1, new Reply.Watching(from));
    }

    private static void tell(FakeNode.Ask ask, long revision, Reply.Body body) {
        ask.replyMore(new Reply(Opcode.WATCH, Status.OK, revision, HybridTimestamp.ZERO, body));
    }

    private static void tell(
            FakeNode.Ask ask, long revision, boolean whole, RecordEvent... events) {
        tell(ask, revision, new Reply.Events(whole, List.of(events)));
    }

    private static RecordEvent put(long revision) {
        return put(revision, Optional.empty());
    }

    private static RecordEvent put(long revision, Optional<Versioned> previous) {
        return new RecordEvent(
                EventType.PUT,
                revision,
                HybridTimestamp.ZERO,
                Key.of("k" + revision),
                Optional.of(record(revision, Value.of("v"))),
                previous);
    }

    private static Versioned record(long revision, Value value) {
        return new Versioned(
                value,
                revision,
                revision,
                1,
                HybridTimestamp.ZERO,
                FencingToken.NONE,
                SessionId.NONE,
                SessionId.NONE,
                0);
    }

    private static long from(FakeNode.Ask ask) {
        return ((Request.Watch) ask.request()).fromRevision();
    }

    @Test
    void aNodeThatSaysThatItIsCutOffIsLeftForAnotherOneWithoutGapOrRepetition() {
        Heard heard = new Heard();
        client(one, other).watch(ALL.from(1), heard);
        eventually(() -> atOne.size() == 1);
        FakeNode.Ask first = atOne.get(0);
        begin(first);
        tell(first, 2, true, put(1), put(2));
        tell(first, 3, false, put(3)); // More of 3 was to come.
        first.reply(Status.UNAVAILABLE, new Reply.Message("this node hears no leader"));
        eventually(() -> atOther.size() == 1);
        assertThat(from(atOther.get(0))).isEqualTo(3);
        begin(atOther.get(0));
        tell(atOther.get(0), 4, true, put(3), put(3), put(4));
        eventually(() -> heard.reached.get() == 4);
        assertThat(heard.revisions).containsExactly(1L, 2L, 3L, 3L, 4L);
        assertThat(atOne).hasSize(1);
        assertThat(heard.end).isNull();
    }

    @Test
    void aNodeThatTellsNothingThoughItAnswersPingsIsLeft() {
        ManualTime time = new ManualTime();
        Heard heard = new Heard();
        client(time, one, other).watch(ALL.from(1), heard);
        eventually(() -> atOne.size() == 1);
        begin(atOne.get(0));
        tell(atOne.get(0), 1, true, put(1));
        eventually(() -> heard.reached.get() == 1);
        time.advance(REQUEST_TIMEOUT); // Not yet: it was heard of since the last look.
        time.advance(REQUEST_TIMEOUT.multipliedBy(3));
        eventually(time, () -> atOther.size() == 1);
        assertThat(from(atOther.get(0))).isEqualTo(2);
        eventually(() -> one.received(Opcode.CANCEL_WATCH).size() == 1);
        tell(atOne.get(0), 2, true, put(2)); // Too late: nobody listens there.
        begin(atOther.get(0));
        tell(atOther.get(0), 2, true, put(2));
        eventually(() -> heard.reached.get() == 2);
        assertThat(heard.revisions).containsExactly(1L, 2L);
    }

    @Test
    void aNodeThatNeverBeginsTheWatchIsLeftAndToldSoWhenItDoes() {
        ManualTime time = new ManualTime();
        client(time, one, other).watch(ALL, new Heard());
        eventually(() -> atOne.size() == 1);
        time.advance(REQUEST_TIMEOUT.multipliedBy(2));
        eventually(time, () -> atOther.size() == 1);
        tell(atOne.get(0), 5, new Reply.Watching(6));
        eventually(() -> one.received(Opcode.CANCEL_WATCH).size() == 1);
    }

    @Test
    void aNodeThatTellsHowFarItIsIsNotLeft() {
        ManualTime time = new ManualTime();
        Heard heard = new Heard();
        client(time, one, other).watch(ALL.from(1), heard);
        eventually(() -> atOne.size() == 1);
        begin(atOne.get(0));
        for (int revision = 1; revision <= 5; revision++) {
            tell(atOne.get(0), revision, true);
            int told = revision;
            eventually(() -> heard.reached.get() == told);
            time.advance(REQUEST_TIMEOUT);
        }
        assertThat(atOther).isEmpty();
        assertThat(one.received(Opcode.CANCEL_WATCH)).isEmpty();
    }

    @Test
    void aConnectionThatIsLostIsNoGap() {
        Heard heard = new Heard();
        client(one, other).watch(ALL.from(7), heard);
        eventually(() -> atOne.size() == 1);
        begin(atOne.get(0));
        tell(atOne.get(0), 8, true, put(7), put(8));
        tell(atOne.get(0), 9, false, put(9));
        eventually(() -> heard.reached.get() == 8);
        atOne.get(0).disconnect();
        eventually(() -> atOther.size() == 1);
        assertThat(from(atOther.get(0))).isEqualTo(9);
    }

    @Test
    void whatIsBehindTheListenerIsWhereAnotherWatchWouldGoOn() {
        Heard heard = new Heard();
        heard.held = new CountDownLatch(1);
        KvClient client = client(one);
        Watch watch = client.watch(ALL, heard);
        assertThat(watch.nextRevision()).isZero();
        eventually(() -> atOne.size() == 1);
        tell(atOne.get(0), 4, new Reply.Watching(5));
        eventually(() -> watch.nextRevision() == 5);
        tell(atOne.get(0), 6, true, put(5), put(6));
        assertThat(watch.nextRevision()).as("the listener has not returned").isEqualTo(5);
        heard.held.countDown();
        eventually(() -> watch.nextRevision() == 7);
        watch.close();
        client.watch(ALL.from(watch.nextRevision()), new Heard());
        eventually(() -> atOne.size() == 2);
        assertThat(from(atOne.get(1))).isEqualTo(7);
    }

    @Test
    void aWatchThatIsOverDoesNotComeToLifeWhenItsListenerHasCaughtUp() {
        Heard heard = new Heard();
        heard.held = new CountDownLatch(1);
        KvClient client = client(one);
        one.always(Opcode.WATCH, atOne::add);
        client.watch(ALL.from(1), heard);
        eventually(() -> atOne.size() == 1);
        begin(atOne.get(0));
        tell(atOne.get(0), 1, true, put(1));
        one.always(
                Opcode.WATCH,
                ask -> {
                    atOne.add(ask);
                    ask.reply(Status.COMPACTED, new Reply.Compacted(9));
                });
        atOne.get(0).reply(Status.COMPACTED, new Reply.Compacted(9));
        eventually(() -> atOne.size() == 2);
        client.put("a", "1"); // Answered behind it: the end waits for the listener.
        heard.held.countDown();
        eventually(() -> heard.end != null);
        assertThat(heard.end).isInstanceOf(CompactedException.class);
        assertThat(heard.revisions).containsExactly(1L);
        client.put("a", "2"); // What the listener's return has asked for comes before this.
        assertThat(atOne).hasSize(2);
    }

    @Test
    void aClosedWatchIsToldNothingMoreAndItsNodeNeedNotTell() {
        Heard heard = new Heard();
        Watch watch = client(one).watch(ALL.from(1), heard);
        eventually(() -> atOne.size() == 1);
        begin(atOne.get(0));
        tell(atOne.get(0), 1, true, put(1));
        eventually(() -> heard.reached.get() == 1);
        watch.close();
        eventually(() -> one.received(Opcode.CANCEL_WATCH).size() == 1);
        tell(atOne.get(0), 2, true, put(2));
        assertThat(watch.isOver()).isTrue();
        assertThat(heard.revisions).containsExactly(1L);
        assertThat(heard.end).isNull();
    }

    @Test
    void aPortionThatEndsWithinARevisionTellsAllBeforeIt() {
        Heard heard = new Heard();
        Watch watch = client(one).watch(ALL.from(1), heard);
        eventually(() -> atOne.size() == 1);
        begin(atOne.get(0));
        tell(atOne.get(0), 1, false, put(1));
        tell(atOne.get(0), 3, false, put(1), put(2), put(3));
        eventually(() -> heard.reached.get() == 2);
        assertThat(heard.revisions).containsExactly(1L, 1L, 2L);
        assertThat(watch.nextRevision()).isEqualTo(3);
        tell(atOne.get(0), 4, false, put(3));
        eventually(() -> heard.reached.get() == 3);
        tell(atOne.get(0), 4, false, put(4));

        atOne.get(0).reply(Status.UNAVAILABLE);

        eventually(() -> atOne.size() + atOther.size() == 2);
        FakeNode.Ask next = atOther.isEmpty() ? atOne.get(1) : atOther.get(0);
        assertThat(from(next)).isEqualTo(4);
        begin(next);
        tell(next, 4, true, put(4), put(4));
        eventually(() -> heard.reached.get() == 4);
        assertThat(heard.revisions).containsExactly(1L, 1L, 2L, 3L, 3L, 4L, 4L);
    }

    @Test
    void itPausesAlsoWhereAPortionEndsWithinARevision() {
        Heard heard = new Heard();
        heard.held = new CountDownLatch(1);
        client(one).watch(ALL.from(1).withPrevious(), heard);
        eventually(() -> atOne.size() == 1);
        begin(atOne.get(0));
        Value large = Value.copyOf(new byte[Limits.VALUE_BYTES_MAX]);
        for (long revision = 1; revision <= 30; revision++) {
            tell(
                    atOne.get(0),
                    revision + 1,
                    false,
                    put(revision, Optional.of(record(revision, large))));
        }
        eventually(() -> one.received(Opcode.CANCEL_WATCH).size() == 1);
        heard.held.countDown();
        eventually(() -> atOne.size() == 2);
        assertThat(from(atOne.get(1))).isEqualTo(heard.reached.get() + 1).isLessThan(30);
        assertThat(heard.end).isNull();
    }

    @Test
    void aRevisionTooLargeToBeHeldEndsTheWatchWithWhatToDo() {
        Heard heard = new Heard();
        client(one).watch(ALL.from(1).withPrevious(), heard);
        eventually(() -> atOne.size() == 1);
        begin(atOne.get(0));
        Value large = Value.copyOf(new byte[Limits.VALUE_BYTES_MAX]);
        RecordEvent event = put(1, Optional.of(record(1, large)));
        for (int i = 0; i < 129; i++) {
            tell(atOne.get(0), 1, false, event);
        }
        eventually(() -> heard.end != null);
        assertThat(heard.end.status()).isEqualTo(Status.TOO_LARGE);
        assertThat(heard.end).hasMessageContaining("without previous values");
        assertThat(heard.revisions).isEmpty();
        eventually(() -> one.received(Opcode.CANCEL_WATCH).size() == 1);
    }
}
