package dev.fencekv.server.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.replication.FakeReplicator;
import dev.fencekv.wire.Frame;
import dev.fencekv.wire.FrameDecoder;
import dev.fencekv.wire.RangeWhat;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.ReadTerms;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.ReplyCodec;
import dev.fencekv.wire.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Reads of more than one key: one moment, whole rows, answers that fit a frame. */
class RangeReadsTest {
    private static final NodeReport NO_REPORT =
            new NodeReport() {
                @Override
                public NodeStatus status() {
                    throw new AssertionError("nobody asks");
                }

                @Override
                public NodeHealth health() {
                    throw new AssertionError("nobody asks");
                }

                @Override
                public StateExtent extent() {
                    throw new AssertionError("nobody asks");
                }
            };

    private final RecordingConnection client = new RecordingConnection();
    private final FakeReplicator log = new FakeReplicator(ended -> {});
    private final RequestRouter router = new RequestRouter(log, NO_REPORT, () -> 4L << 30);
    private long correlation;

    @AfterEach
    void stop() {
        log.close();
    }

    private Reply asked(Request request) {
        correlation++;
        router.handle(client, correlation, HybridTimestamp.ZERO, request);
        return client.only();
    }

    private long put(String key, Value value) {
        Reply reply =
                asked(
                        new Request.Put(
                                RequestId.NONE,
                                List.of(),
                                Key.of(key),
                                value,
                                Request.ANY_REVISION,
                                false));
        assertThat(reply.status()).isEqualTo(Status.OK);
        return reply.revision();
    }

    private long put(String key, String value) {
        return put(key, Value.of(value));
    }

    private static ReadTerms at(long revision) {
        return new ReadTerms(ReadMode.LINEARIZABLE, 0, AsOf.revision(revision), List.of());
    }

    private static Request.Range range(KeyRange range, int limit, ReadTerms terms) {
        return new Request.Range(range, RangeWhat.RECORDS, false, limit, terms);
    }

    private static List<String> keys(Reply reply) {
        assertThat(reply.status()).as("%s", reply.body()).isEqualTo(Status.OK);
        return ((Reply.Range) reply.body())
                .rows().stream().map(row -> row.key().toString()).toList();
    }

    @Test
    void aRangeIsReadInOrderFromEitherEnd() {
        for (String key : List.of("b", "a", "c", "ab")) {
            put(key, "of " + key);
        }
        KeyRange range = KeyRange.of("a", "c");
        Reply up = asked(range(range, 2, ReadTerms.LINEARIZABLE));
        assertThat(keys(up)).containsExactly("a", "ab");
        assertThat(((Reply.Range) up.body()).more()).isTrue();
        RangeRow first = ((Reply.Range) up.body()).rows().get(0);
        assertThat(first.record().orElseThrow().value()).isEqualTo(Value.of("of a"));

        Reply down =
                asked(new Request.Range(range, RangeWhat.KEYS, true, 3, ReadTerms.LINEARIZABLE));
        assertThat(keys(down)).containsExactly("b", "ab", "a");
        assertThat(((Reply.Range) down.body()).more()).isFalse();
        assertThat(((Reply.Range) down.body()).rows()).allMatch(row -> row.record().isEmpty());

        Reply count =
                asked(new Request.Range(range, RangeWhat.COUNT, false, 1, ReadTerms.LINEARIZABLE));
        assertThat(count.body()).isEqualTo(new Reply.Range(3, 0, List.of(), false));
    }

    @Test
    void nothingInARangeIsAnAnswer() {
        assertThat(keys(asked(range(KeyRange.prefix("x"), 5, ReadTerms.LINEARIZABLE)))).isEmpty();
    }

    /** The codec would cut what does not fit; this is about not gathering it at all. */
    @Test
    void aPageHasNoMoreThanFitsAFrame() {
        Value large = Value.copyOf(new byte[300 * 1024]);
        for (int i = 0; i < 7; i++) {
            put("k" + i, large);
        }
        List<String> seen = new ArrayList<>();
        KeyRange left = KeyRange.ALL;
        boolean more = true;
        while (more) {
            Reply reply = asked(range(left, 100, ReadTerms.LINEARIZABLE));
            Reply.Range page = (Reply.Range) reply.body();
            assertThat(decoded(reply)).isEqualTo(reply);
            assertThat(page.rows().size()).isBetween(1, 3);
            seen.addAll(keys(reply));
            more = page.more();
            left = left.above(page.rows().get(page.rows().size() - 1).key());
        }
        assertThat(seen).containsExactly("k0", "k1", "k2", "k3", "k4", "k5", "k6");
    }

    @Test
    void theLargestPagesOfSmallRowsFitAFrame() {
        String longest = "k".repeat(Limits.KEY_BYTES_MAX - 4);
        for (int i = 0; i < 1100; i++) {
            put(longest + (1000 + i), "");
        }
        for (RangeWhat what : List.of(RangeWhat.KEYS, RangeWhat.RECORDS)) {
            Reply reply =
                    asked(
                            new Request.Range(
                                    KeyRange.ALL,
                                    what,
                                    false,
                                    Limits.LIST_ROWS_MAX,
                                    ReadTerms.LINEARIZABLE));
            assertThat(keys(reply)).hasSizeBetween(900, Limits.LIST_ROWS_MAX);
            assertThat(decoded(reply)).isEqualTo(reply);
        }
    }

    /** As the other side reads it: equal only if the codec has left nothing out. */
    private static Reply decoded(Reply reply) {
        ByteBuf bytes = Unpooled.buffer();
        ReplyCodec.encode(reply, 1, false, bytes);
        EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder());
        channel.writeInbound(bytes);
        Frame frame = channel.readInbound();
        try {
            return ReplyCodec.decode(frame);
        } finally {
            frame.release();
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void laterPagesAreAsOfTheFirstOneWhileNoRecordChanges() {
        put("a", "1");
        put("b", "2");
        long revision = asked(range(KeyRange.ALL, 1, ReadTerms.LINEARIZABLE)).revision();
        openSession();
        Reply second = asked(range(KeyRange.from(Key.of("b")), 1, at(revision)));
        assertThat(keys(second)).containsExactly("b");
        assertThat(second.revision()).isEqualTo(revision);
    }

    @Test
    void whatIsYetToComeIsNoAnswer() {
        long revision = put("a", "1");
        Reply ahead = asked(range(KeyRange.ALL, 1, at(revision + 1)));
        assertThat(ahead.status()).isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(((Reply.Message) ahead.body()).text()).contains("yet to come");
        ReadTerms stale = new ReadTerms(ReadMode.STALE, 0, AsOf.revision(revision + 1), List.of());
        assertThat(asked(range(KeyRange.ALL, 1, stale)).status())
                .as("another node may have come to it")
                .isEqualTo(Status.UNAVAILABLE);
        HybridTimestamp stamp = HybridTimestamp.ofMillis(9_000_000);
        ReadTerms byStamp = new ReadTerms(ReadMode.LINEARIZABLE, 0, AsOf.stamp(stamp), List.of());
        assertThat(asked(range(KeyRange.ALL, 1, byStamp)).status())
                .isEqualTo(Status.INVALID_ARGUMENT);
    }

    @Test
    void aStaleReadTellsItsAge() {
        put("a", "1");
        ReadTerms stale = new ReadTerms(ReadMode.STALE, 0, AsOf.NOW, List.of());
        Reply reply = asked(range(KeyRange.ALL, 1, stale));
        assertThat(((Reply.Range) reply.body()).ageMs()).isEqualTo(log.ageMs());
        ReadTerms fresher = new ReadTerms(ReadMode.STALE, 99, AsOf.NOW, List.of());
        assertThat(asked(range(KeyRange.ALL, 1, fresher)).status()).isEqualTo(Status.UNAVAILABLE);
    }

    @Test
    void severalKeysAreReadInTheOrderAskedForAndMissingOnesAreSaidToBe() {
        put("a", "1");
        long revision = put("b", "2");
        Reply reply =
                asked(
                        new Request.GetMany(
                                List.of(Key.of("b"), Key.of("x"), Key.of("a"), Key.of("b")),
                                ReadTerms.LINEARIZABLE));
        Reply.Records found = (Reply.Records) reply.body();
        assertThat(reply.revision()).isEqualTo(revision);
        assertThat(found.records().stream().map(each -> each.map(record -> record.value())))
                .map(value -> value.map(Value::toUtf8).orElse("-"))
                .containsExactly("2", "-", "1", "2");
    }

    @Test
    void keysWhoseRecordsDoNotFitAFrameAreRefusedWithWhatToDo() {
        Value large = Value.copyOf(new byte[500 * 1024]);
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            put("k" + i, large);
            keys.add(Key.of("k" + i));
        }
        Reply two = asked(new Request.GetMany(keys.subList(0, 2), ReadTerms.LINEARIZABLE));
        assertThat(two.status()).isEqualTo(Status.OK);
        assertThat(decoded(two)).isEqualTo(two);
        Reply three = asked(new Request.GetMany(keys, ReadTerms.LINEARIZABLE));
        assertThat(three.status()).isEqualTo(Status.TOO_LARGE);
        assertThat(((Reply.Message) three.body()).text()).contains("ask for fewer keys");
    }

    @Test
    void aDeadTokenShowsNothing() {
        put("a", "1");
        SessionId session = openSession();
        LockName lock = new LockName("L");
        Reply granted = asked(new Request.Acquire(new RequestId(session, 1, 1), lock, 1, 0, 0));
        FencingToken token = ((Reply.Token) granted.body()).token();
        ReadTerms fenced =
                new ReadTerms(ReadMode.LINEARIZABLE, 0, AsOf.NOW, List.of(new Fence(lock, token)));
        Request range = range(KeyRange.ALL, 1, fenced);
        Request many = new Request.GetMany(List.of(Key.of("a")), fenced);
        assertThat(asked(range).status()).isEqualTo(Status.OK);
        assertThat(asked(many).status()).isEqualTo(Status.OK);
        asked(new Request.Release(new RequestId(session, 2, 1), lock, token));
        assertThat(asked(range).status()).isEqualTo(Status.FENCED);
        assertThat(asked(many).status()).isEqualTo(Status.FENCED);
        ReadTerms staleFenced =
                new ReadTerms(ReadMode.STALE, 0, AsOf.NOW, List.of(new Fence(lock, token)));
        assertThat(asked(range(KeyRange.ALL, 1, staleFenced)).status())
                .isEqualTo(Status.INVALID_ARGUMENT);
    }

    /** The test's thread is the one that applies, and that confirms reads. */
    @Test
    void whatManyChangesHideIsLookedForByAnotherThreadWhileThisOneGoesOn() {
        long first = put("hot", "first");
        for (int i = 0; i < 30_000; i++) {
            log.apply(
                    new Command.Put(
                            RequestId.NONE,
                            List.of(),
                            Key.of("hot"),
                            Value.of("v" + i),
                            Command.ANY_REVISION,
                            false));
        }
        Request[] requests = {
            range(KeyRange.ALL, 1, at(first)),
            new Request.Range(KeyRange.ALL, RangeWhat.COUNT, false, 1, at(first)),
            new Request.GetMany(List.of(Key.of("hot"), Key.of("hot")), at(first))
        };
        for (Request request : requests) {
            Answered answered = new Answered();
            router.handle(answered, 1, HybridTimestamp.ZERO, request);
            put("hot", "another change");
            await().until(() -> answered.reply() != null);
            assertThat(answered.by()).isEqualTo("fencekv-long-reads");
            assertThat(answered.reply().status()).isEqualTo(Status.OK);
            assertThat(answered.reply().revision()).isEqualTo(first);
            assertThat(answered.reply().body().toString())
                    .contains(
                            request instanceof Request.Range range
                                            && range.what() == RangeWhat.COUNT
                                    ? "count=1"
                                    : "first");
        }
    }

    /** Of one confirmation there may be thousands, one after the other. */
    @Test
    void aReadOfThePastTakesLittleOfTheThreadThatConfirmsIt() {
        long first = put("hot", "first");
        for (int i = 0; i < 30; i++) {
            put("hot", "v" + i);
        }
        Answered near = new Answered();
        router.handle(near, 1, HybridTimestamp.ZERO, range(KeyRange.ALL, 1, at(first)));
        assertThat(near.by()).as("few steps are no matter").isEqualTo(thisThread());
        for (int i = 0; i < 300; i++) {
            put("hot", "w" + i);
        }
        Answered far = new Answered();
        router.handle(far, 1, HybridTimestamp.ZERO, range(KeyRange.ALL, 1, at(first)));
        await().until(() -> far.reply() != null);
        assertThat(far.by()).isEqualTo("fencekv-long-reads");
        assertThat(far.reply().body().toString()).contains("first");
    }

    /** However much has changed. */
    @Test
    void whatSeveralKeysAreNowIsReadAtOnceAlsoIfOneIsNotThere() {
        put("a", "1");
        for (int i = 0; i < 10_000; i++) {
            put("hot", "v" + i);
        }
        List<Key> keys = List.of(Key.of("a"), Key.of("never"));
        Answered answered = new Answered();
        router.handle(
                answered,
                1,
                HybridTimestamp.ZERO,
                new Request.GetMany(keys, ReadTerms.LINEARIZABLE));
        assertThat(answered.by()).isEqualTo(thisThread());
        assertThat(answered.reply().status()).isEqualTo(Status.OK);
    }

    private static String thisThread() {
        return Thread.currentThread().getName();
    }

    private SessionId openSession() {
        Reply opened =
                asked(new Request.OpenSession(new SessionNonce(1, 1), 10_000, SessionLabel.NONE));
        return ((Reply.SessionOpened) opened.body()).session();
    }
}
