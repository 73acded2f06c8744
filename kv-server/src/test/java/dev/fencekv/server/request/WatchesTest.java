package dev.fencekv.server.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockEventType;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.LockNames;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Setting;
import dev.fencekv.server.replication.FakeReplicator;
import dev.fencekv.server.replication.ReadCompletion;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WatchesTest {
    private static final long WATCH = 7;

    private final FakeReplicator log = new FakeReplicator(ended -> {});
    private final Watches watches = new Watches(log);
    private final Client client = new Client();

    /** A connection that takes things only while it is told to. */
    private static final class Client implements ClientConnection {
        private record Told(long correlation, Reply reply, boolean more) {}

        private final List<Told> told = new CopyOnWriteArrayList<>();
        private final ConnectionState state = new ConnectionState();
        private volatile boolean reads = true;
        private volatile boolean open = true;

        /** Whether replies make it throw. */
        private volatile boolean broken;

        @Override
        public void reply(long correlation, Reply reply, boolean more) {
            if (broken) {
                throw new IllegalStateException("broken for the test");
            }
            told.add(new Told(correlation, reply, more));
        }

        @Override
        public boolean offer(long correlation, Reply reply) {
            if (reads) {
                reply(correlation, reply, true);
            }
            return reads;
        }

        @Override
        public boolean takesMore() {
            return reads;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public ConnectionState state() {
            return state;
        }

        List<RecordEvent> events() {
            List<RecordEvent> events = new ArrayList<>();
            for (Told each : told) {
                if (each.reply().body() instanceof Reply.Events some) {
                    events.addAll(some.events());
                }
            }
            return events;
        }

        boolean hears(long correlation, Status status) {
            return told.stream()
                    .anyMatch(
                            each ->
                                    each.correlation() == correlation
                                            && each.reply().status() == status);
        }

        List<Rejection> rejections() {
            List<Rejection> rejections = new ArrayList<>();
            for (Told each : told) {
                if (each.reply().body() instanceof Reply.RejectionEvents some) {
                    rejections.addAll(some.events());
                }
            }
            return rejections;
        }

        Told last() {
            return told.get(told.size() - 1);
        }

        void awaitEnd(Status status) {
            await().until(() -> !told.isEmpty() && !last().more());
            assertThat(last().reply().status()).isEqualTo(status);
        }
    }

    @AfterEach
    void stop() {
        log.close();
    }

    private void watch(long from, int progressMs) {
        watch(WATCH, from, progressMs);
    }

    private void watch(long correlation, long from, int progressMs) {
        Caller caller = new Caller(log.applied(), client, correlation, Opcode.WATCH);
        watches.watch(
                caller,
                correlation,
                new Request.Watch(
                        KeyRange.prefix("a/"), from, true, true, true, false, progressMs));
    }

    private void put(String key, String value) {
        log.apply(
                new Command.Put(
                        RequestId.NONE,
                        List.of(),
                        Key.of(key),
                        Value.of(value),
                        Command.ANY_REVISION,
                        false));
    }

    private void awaitBegun() {
        await().until(() -> !client.told.isEmpty());
        assertThat(client.told.get(0).reply().body()).isInstanceOf(Reply.Watching.class);
        assertThat(client.told.get(0).more()).isTrue();
    }

    @Test
    void whatHappensIsToldInOrderFromThereOn() {
        put("a/before", "0");
        watch(0, 0);
        awaitBegun();
        put("a/1", "1");
        put("b/1", "not watched");
        put("a/1", "2");
        await().until(() -> client.events().size() == 2);
        RecordEvent second = client.events().get(1);
        assertThat(second.record().orElseThrow().value()).isEqualTo(Value.of("2"));
        assertThat(second.previous().orElseThrow().value()).isEqualTo(Value.of("1"));
        assertThat(second.revision()).isEqualTo(log.applied().revision());
    }

    @Test
    void whatHasHappenedIsToldFirst() {
        put("a/1", "1");
        put("a/2", "2");
        watch(1, 0);
        await().until(() -> client.events().size() == 2);
    }

    @Test
    void progressIsToldWhereNothingHappens() {
        watch(0, 100);
        awaitBegun();
        put("b/1", "not watched");
        long now = log.applied().revision();
        await().until(() -> client.last().reply().revision() == now);
        assertThat(client.last().reply().body()).isEqualTo(new Reply.Events(true, List.of()));
    }

    @Test
    void whereNoRevisionComesTheClientHearsOfItsNodeAllTheSame() {
        watch(0, 100);
        awaitBegun();
        long now = log.applied().revision();
        await().until(() -> client.told.size() >= 3);
        assertThat(client.last().reply().revision()).isEqualTo(now);
        assertThat(client.last().reply().body()).isEqualTo(new Reply.Events(true, List.of()));
    }

    /** The portion that tells it ends inside the next revision, of which nothing is wanted. */
    @Test
    void whatWasToldInPartIsSaidToBeWholeAlthoughNothingMoreOfItIsWanted() {
        log.apply(new Command.RaiseLevel(2));
        for (int i = 0; i < 10_000; i++) {
            put("z/" + i, "1");
        }
        put("a/1", "1");
        long from = log.applied().revision();
        log.apply(
                new Command.Transact(
                        RequestId.NONE,
                        List.of(),
                        new Transaction(
                                List.of(),
                                List.of(new Operation.DeleteRange(KeyRange.prefix("z/"))),
                                List.of())));
        assertThat(log.applied().revision()).isEqualTo(from + 1);
        watch(from, 0);
        await().until(() -> client.events().size() == 1);
        await().untilAsserted(
                        () -> {
                            Reply last = client.last().reply();
                            assertThat(last.revision()).isEqualTo(from + 1);
                            assertThat(last.body()).isEqualTo(new Reply.Events(true, List.of()));
                        });
        assertThat(client.told).as("the beginning, the part, the whole").hasSize(3);
    }

    @Test
    void aCancelledWatchSaysThatItIsOver() {
        watch(0, 0);
        awaitBegun();
        assertThat(watches.cancel(client, WATCH)).isTrue();
        client.awaitEnd(Status.OK);
        await().until(() -> !watches.cancel(client, WATCH));
    }

    @Test
    void aConnectionThatTakesNothingIsToldLaterAsLongAsHistoryHasIt() {
        watch(0, 0);
        awaitBegun();
        client.reads = false;
        for (int i = 0; i < 50; i++) {
            put("a/" + i, "1");
        }
        assertThat(client.events()).isEmpty();
        client.reads = true;
        await().until(() -> client.events().size() == 50);
    }

    @Test
    void whoFallsOutOfHistoryIsToldSoAndCutOff() {
        watch(0, 0);
        awaitBegun();
        client.reads = false;
        log.apply(new Command.ChangeSetting(RequestId.NONE, Setting.HISTORY_REVISIONS, 5));
        for (int i = 0; i < 50; i++) {
            put("a/" + i, "1");
        }
        client.reads = true;
        client.awaitEnd(Status.COMPACTED);
        assertThat(client.last().reply().body()).isInstanceOf(Reply.Compacted.class);
    }

    @Test
    void whatLiesBeforeHistoryIsCompactedAtOnce() {
        log.apply(new Command.ChangeSetting(RequestId.NONE, Setting.HISTORY_REVISIONS, 5));
        for (int i = 0; i < 50; i++) {
            put("a/" + i, "1");
        }
        watch(3, 0);
        client.awaitEnd(Status.COMPACTED);
        assertThat(client.told).hasSize(1);
    }

    @Test
    void aStoppedNodeEndsItsWatches() {
        watch(0, 0);
        awaitBegun();
        log.close();
        client.awaitEnd(Status.UNAVAILABLE);
    }

    @Test
    void onAnEndedConnectionNothingIsKept() {
        watch(0, 0);
        awaitBegun();
        client.open = false;
        watches.closed(client);
        await().until(() -> !watches.cancel(client, WATCH));
    }

    @Test
    void aWatchThatIsYetToBeginIsCancelledAndCountsAmongThoseThatThereAre() {
        List<ReadCompletion> reads = log.holdReads();
        watch(0, 0);
        assertThat(watches.cancel(client, WATCH)).as("it is one already").isTrue();
        client.awaitEnd(Status.OK);
        reads.get(0).ready(log.applied().index().get()); // Too late.
        await().until(() -> !watches.cancel(client, WATCH));
        assertThat(client.told).hasSize(1);

        for (int i = 0; i < Limits.WATCHES_PER_CONNECTION_MAX; i++) {
            watch(i + 1, 0, 0);
        }
        assertThat(client.told).hasSize(1);
        watch(1_000, 0, 0);
        assertThat(client.last().reply().status()).isEqualTo(Status.OVERLOADED);
        reads.get(1).failed(Refusal.unavailable("no leader"));
        await().until(() -> client.hears(1, Status.UNAVAILABLE));
        await("its place is free")
                .until(
                        () -> {
                            watch(1_001, 1, 0);
                            return client.hears(1_001, Status.OK);
                        });
    }

    @Test
    void aNodeThatHearsNoLeaderSendsItsWatchesElsewhere() {
        watch(0, 0);
        awaitBegun();
        log.setAgeMs(Watches.CUT_OFF_MS + 1);
        client.awaitEnd(Status.UNAVAILABLE);
        assertThat(client.last().reply().body().toString()).contains("another one");
        watch(8, 1, 0);
        await("nor does it take new ones").until(() -> client.hears(8, Status.UNAVAILABLE));
        log.setAgeMs(0);
        watch(9, 1, 0);
        await().until(() -> client.hears(9, Status.OK));
    }

    @Test
    void aConnectionThatFailsWhileItsWatchEndsLeavesTheOthersTheirThread() {
        watch(0, 0);
        awaitBegun();
        client.broken = true;
        log.setAgeMs(Watches.CUT_OFF_MS + 1);
        await("it is forgotten all the same").until(() -> !watches.cancel(client, WATCH));
        log.setAgeMs(0);
        watch(8, 1, 0);
        await("nor does its beginning end the thread").until(() -> !watches.cancel(client, 8));
        client.broken = false;
        watch(9, 1, 0);
        await().until(() -> client.hears(9, Status.OK));
    }

    @Test
    void aStoppedNodeEndsTheWatchesOfAllConnectionsAlthoughOneFails() {
        Client other = new Client();
        watch(0, 0);
        watches.watch(
                new Caller(log.applied(), other, WATCH, Opcode.WATCH),
                WATCH,
                new Request.Watch(KeyRange.ALL, 0, true, true, false, false, 0));
        await().until(() -> !other.told.isEmpty());
        awaitBegun();
        client.broken = true;
        other.broken = true;
        log.close();
        await().until(() -> !watches.cancel(client, WATCH) && !watches.cancel(other, WATCH));
    }

    @Test
    void locksAreWatchedInTheSameWay() {
        long correlation = WATCH + 1;
        watches.watch(
                new Caller(log.applied(), client, correlation, Opcode.WATCH_LOCKS),
                correlation,
                new Request.WatchLocks(LockNames.startingWith("di"), false, 0, 0));
        awaitBegun();
        assertThat(client.told.get(0).reply().opcode()).isEqualTo(Opcode.WATCH_LOCKS);
        SessionId session = open();
        acquire(session, 1, "tape");
        acquire(session, 2, "disk");
        await().until(() -> client.told.size() == 2);
        Reply reply = client.last().reply();
        assertThat(reply.opcode()).isEqualTo(Opcode.WATCH_LOCKS);
        LockEvent event = ((Reply.LockEvents) reply.body()).events().get(0);
        assertThat(event.type()).isEqualTo(LockEventType.GRANTED);
        assertThat(event.lock()).isEqualTo(new LockName("disk"));
        assertThat(event.revision()).isEqualTo(reply.revision());
        assertThat(watches.cancel(client, correlation)).isTrue();
        client.awaitEnd(Status.OK);
        assertThat(client.last().reply().opcode()).isEqualTo(Opcode.WATCH_LOCKS);
    }

    @Test
    void rejectionsAreWatchedInTheSameWay() {
        long correlation = WATCH + 1;
        watches.watch(
                new Caller(log.applied(), client, correlation, Opcode.WATCH_REJECTIONS),
                correlation,
                new Request.WatchRejections(KeyRange.prefix("a/"), LockNames.ALL, true, 0, 100));
        awaitBegun();
        putUnderNoToken("b/1", 1);
        putUnderNoToken("a/1", 2);
        await().until(() -> client.rejections().size() == 1);
        Rejection rejection = client.rejections().get(0);
        assertThat(rejection.key()).contains(Key.of("a/1"));
        assertThat(rejection.violation().reason()).isEqualTo(FenceReason.UNKNOWN_TOKEN);
        await().until(() -> client.last().reply().body().equals(noRejections()));
    }

    private static Reply.Body noRejections() {
        return new Reply.RejectionEvents(true, List.of());
    }

    private void putUnderNoToken(String key, long token) {
        log.apply(
                new Command.Put(
                        RequestId.NONE,
                        List.of(new Fence(new LockName("disk"), new FencingToken(token))),
                        Key.of(key),
                        Value.of("x"),
                        Command.ANY_REVISION,
                        false));
    }

    private SessionId open() {
        log.apply(new Command.OpenSession(new SessionNonce(1, 2), 60_000, SessionLabel.NONE));
        return log.applied()
                .read(machine -> machine.view().sessions(SessionId.NONE, 1).get(0).id());
    }

    private void acquire(SessionId session, long sequence, String lock) {
        log.apply(
                new Command.Acquire(
                        new RequestId(session, sequence, 1), new LockName(lock), 1, 0, 0));
    }

    @Test
    void whatHappenedToLocksBeforeHistoryIsCompactedAtOnce() {
        SessionId session = open();
        acquire(session, 1, "disk");
        long granted = log.applied().revision();
        log.apply(new Command.ChangeSetting(RequestId.NONE, Setting.HISTORY_REVISIONS, 5));
        for (int i = 0; i < 50; i++) {
            put("a/" + i, "1");
        }
        watches.watch(
                new Caller(log.applied(), client, WATCH, Opcode.WATCH_LOCKS),
                WATCH,
                new Request.WatchLocks(LockNames.ALL, false, 1, 0));
        client.awaitEnd(Status.COMPACTED);
        assertThat(client.last().reply().body()).isEqualTo(new Reply.Compacted(granted));
    }

    @Test
    void aCorrelationIdServesOneWatch() {
        watch(0, 0);
        awaitBegun();
        watch(0, 0);
        await().until(() -> client.told.size() == 2);
        assertThat(client.last().reply().status()).isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(client.last().reply().stamp()).isNotEqualTo(HybridTimestamp.ZERO);
    }
}
