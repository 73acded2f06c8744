package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Ranges come whole, in order and as of one revision, or the caller is told. */
class RangeReadsTest extends ClientFixture {
    /** More than two pages of the fake store. */
    private KvClient clientOfEightKeys() {
        KvClient client = client(node());
        for (int i = 0; i < 8; i++) {
            client.put("k" + i, "v" + i);
        }
        client.put("other", "x");
        return client;
    }

    private static List<String> names(RangeResult result) {
        return result.keys().stream().map(Key::toString).toList();
    }

    private static List<String> names(int from, int to) {
        List<String> names = new ArrayList<>();
        for (int i = from; i < to; i++) {
            names.add("k" + i);
        }
        return names;
    }

    @Test
    void allPagesOfARangeAreOneResultAsOfOneRevision() throws Exception {
        KvClient client = clientOfEightKeys();
        RangeResult all = client.range(RangeQuery.prefix("k"));
        assertThat(names(all)).isEqualTo(names(0, 8));
        assertThat(all.rows().get(7).record().map(Versioned::value)).contains(Value.of("v7"));
        assertThat(all.more()).isFalse();
        assertThat(all.drifted()).isFalse();
        assertThat(all.revision()).isEqualTo(9);
        assertThat(names(get(client.rangeAsync(RangeQuery.of(KeyRange.of("k2", "k4"))))))
                .containsExactly("k2", "k3");
    }

    @Test
    void aLimitEndsTheReadAndSaysThatThereIsMore() {
        KvClient client = clientOfEightKeys();
        RangeResult five = client.range(RangeQuery.prefix("k").limit(5));
        assertThat(names(five)).isEqualTo(names(0, 5));
        assertThat(five.more()).isTrue();
        assertThat(client.range(RangeQuery.prefix("k").limit(8)).more()).isFalse();
    }

    @Test
    void aRangeIsReadInReverseAndWithoutRecords() {
        KvClient client = clientOfEightKeys();
        RangeResult reverse = client.range(RangeQuery.prefix("k").reversed().withoutRecords());
        List<String> expected = names(0, 8);
        Collections.reverse(expected);
        assertThat(names(reverse)).isEqualTo(expected);
        assertThat(reverse.rows()).allMatch(row -> row.record().isEmpty());
        assertThat(client.count(KeyRange.prefix("k"), ReadOptions.LINEARIZABLE)).isEqualTo(8);
    }

    @Test
    void aScanHoldsOnePageAtATimeAndMayBeLeft() {
        FakeNode node = node();
        KvClient client = client(node);
        for (int i = 0; i < 8; i++) {
            client.put("k" + i, "v");
        }
        List<String> seen = new ArrayList<>();
        for (RangeRow row : client.scan(RangeQuery.prefix("k"))) {
            seen.add(row.key().toString());
            if (seen.size() == 4) {
                break;
            }
        }
        assertThat(seen).isEqualTo(names(0, 4));
        assertThat(node.received(Opcode.RANGE)).hasSize(2);

        RangeScan scan = client.scan(RangeQuery.prefix("k").pageRows(2));
        assertThat(names(scan.next())).isEqualTo(names(0, 2));
        assertThat(names(scan.next())).isEqualTo(names(2, 4));
        assertThat(scan.isDone()).isFalse();
        assertThat(names(scan.next())).isEqualTo(names(4, 6));
        assertThat(names(scan.next())).isEqualTo(names(6, 8));
        assertThat(scan.isDone()).isTrue();
        assertThat(scan.next().rows()).isEmpty();
    }

    @Test
    void pagesThatCanNoLongerBeHadAsOfTheFirstOneAreAnErrorThatSaysToBeginAnew() {
        KvClient client = clientOfEightKeys();
        RangeScan scan = client.scan(RangeQuery.prefix("k"));
        scan.next();
        client.put("k0", "changed");
        assertThatThrownBy(scan::next)
                .isInstanceOf(CompactedException.class)
                .hasMessageContaining("begin anew");
        assertThatThrownBy(scan::next).isInstanceOf(CompactedException.class);
        assertThat(names(client.range(RangeQuery.prefix("k")))).isEqualTo(names(0, 8));
    }

    @Test
    void whoAllowsDriftGoesOnAndIsTold() {
        KvClient client = clientOfEightKeys();
        RangeScan scan = client.scan(RangeQuery.prefix("k").allowDrift());
        RangeResult first = scan.next();
        assertThat(first.drifted()).isFalse();
        client.delete("k4");
        RangeResult second = scan.next();
        assertThat(names(second)).containsExactly("k3", "k5", "k6");
        assertThat(second.drifted()).isTrue();
        assertThat(second.revision()).isEqualTo(first.revision());
        assertThat(second.lastRevision()).isEqualTo(first.revision() + 1);
        assertThat(names(scan.next())).containsExactly("k7");
    }

    @Test
    void driftIsNoWayAroundAMomentThatTheCallerNamed() {
        KvClient client = clientOfEightKeys();
        client.put("k0", "changed");
        assertThatThrownBy(() -> client.range(RangeQuery.prefix("k").at(3).allowDrift()))
                .isInstanceOf(CompactedException.class);
        assertThatThrownBy(() -> client.get(Key.of("k0"), ReadOptions.LINEARIZABLE.at(3)))
                .isInstanceOf(CompactedException.class);
        assertThat(client.get(Key.of("k0"), ReadOptions.LINEARIZABLE.at(10)).value())
                .contains(Value.of("changed"));
        assertThat(client.get(Key.of("k9"), ReadOptions.LINEARIZABLE.at(10)).value()).isEmpty();
    }

    @Test
    void allNodesAreAskedBeforeAMomentIsGivenUp() {
        FakeNode one = node();
        FakeNode other = node();
        KvClient client = client(one, other);
        client.put("a", "1");
        client.put("a", "2");
        assertThatThrownBy(() -> client.range(RangeQuery.prefix("a").at(1)))
                .isInstanceOf(CompactedException.class);
        assertThat(one.received(Opcode.RANGE)).isNotEmpty();
        assertThat(other.received(Opcode.RANGE)).isNotEmpty();
    }

    @Test
    void aNodeThatHadNoAnswerYetIsAskedAgainBeforeAMomentIsGivenUp() {
        FakeNode one = node();
        FakeNode other = node();
        KvClient client = client(one, other);
        one.always(Opcode.RANGE, ask -> ask.reply(Status.COMPACTED, new Reply.Compacted(9)));
        other.next(Opcode.RANGE, ask -> ask.reply(Status.UNAVAILABLE, new Reply.Message("later")));
        other.next(Opcode.RANGE, ask -> ask.reply(Status.UNAVAILABLE, new Reply.Message("later")));
        client.put("a", "1");
        assertThat(names(client.range(RangeQuery.prefix("a").at(1)))).containsExactly("a");
        assertThat(one.received(Opcode.RANGE)).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void aNodeThatCannotBeReachedDoesNotHoldUpTheAnswerOfAllOthers() {
        FakeNode one = node();
        FakeNode gone = node();
        KvClient client = client(gone, one);
        store.leader = one;
        gone.close();
        client.put("a", "1");
        client.put("a", "2");
        assertThatThrownBy(() -> client.range(RangeQuery.prefix("a").at(1)))
                .isInstanceOf(CompactedException.class);
    }

    @Test
    void aNodeThatIsAvoidedHoldsUpNoRead() {
        ManualTime time = new ManualTime();
        FakeNode gone = node();
        FakeNode one = node();
        FakeNode other = node();
        store.leader = one;
        gone.close();
        for (FakeNode node : List.of(one, other)) {
            node.always(
                    Opcode.GET_MANY, ask -> ask.reply(Status.COMPACTED, new Reply.Compacted(9)));
        }
        KvClient client = client(time, gone, one, other);
        ReadOptions past = ReadOptions.LINEARIZABLE.at(1);
        assertThat(failure(time, client.getAllAsync(List.of(Key.of("a")), past)))
                .as("it has found out that one is gone")
                .isInstanceOf(CompactedException.class);
        int asked = one.received(Opcode.GET_MANY).size() + other.received(Opcode.GET_MANY).size();

        CompletableFuture<ManyResult> next = client.getAllAsync(List.of(Key.of("a")), past);

        eventually(time, next::isDone);
        assertThat(failure(next)).isInstanceOf(CompactedException.class);
        assertThat(one.received(Opcode.GET_MANY).size() + other.received(Opcode.GET_MANY).size())
                .as("each is asked once")
                .isEqualTo(asked + 2);
    }

    @Test
    void aPageThatWasCancelledIsTheNextOne() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        for (int i = 0; i < 4; i++) {
            client.put("k" + i, "v");
        }
        RangeScan scan = client.scan(RangeQuery.prefix("k").pageRows(2));
        assertThat(names(scan.next())).isEqualTo(names(0, 2));
        List<FakeNode.Ask> held = new CopyOnWriteArrayList<>();
        node.next(Opcode.RANGE, held::add);
        CompletableFuture<RangeResult> second = scan.nextAsync();
        eventually(() -> held.size() == 1);
        assertThatThrownBy(scan::nextAsync)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has not come yet");
        assertThat(second.cancel(false)).isTrue();
        node.answer(held.get(0)); // Too late.
        assertThat(names(get(scan.nextAsync()))).isEqualTo(names(2, 4));
        assertThat(scan.isDone()).isTrue();
    }

    @Test
    void aPageThatTimedOutIsTheNextOne() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        client.put("k0", "v");
        RangeScan scan = client.scan(RangeQuery.prefix("k"));
        List<FakeNode.Ask> held = new CopyOnWriteArrayList<>();
        node.next(Opcode.RANGE, held::add);
        CompletableFuture<RangeResult> page = scan.nextAsync();
        eventually(() -> held.size() == 1);
        page.completeExceptionally(new TimeoutException()); // As orTimeout does.
        assertThat(failure(page)).isInstanceOf(TimeoutException.class);
        assertThat(names(scan.next())).containsExactly("k0");
    }

    @Test
    void aPageThatSomebodyElseCompletedIsTheNextOne() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        client.put("k0", "v");
        RangeResult instead = client.range(RangeQuery.prefix("none"));
        RangeScan scan = client.scan(RangeQuery.prefix("k"));
        List<FakeNode.Ask> held = new CopyOnWriteArrayList<>();
        node.next(Opcode.RANGE, held::add);
        CompletableFuture<RangeResult> page = scan.nextAsync();
        eventually(() -> held.size() == 1);
        assertThat(page.complete(instead)).isTrue(); // As completeOnTimeout does.
        node.answer(held.get(0)); // Too late.
        assertThat(get(page)).isSameAs(instead);
        assertThat(names(scan.next())).containsExactly("k0");
    }

    @Test
    void anInterruptedScanGoesOnWhereItWas() {
        FakeNode node = node();
        KvClient client = client(node);
        for (int i = 0; i < 4; i++) {
            client.put("k" + i, "v");
        }
        RangeScan scan = client.scan(RangeQuery.prefix("k").pageRows(2));
        scan.next();
        Thread reading = Thread.currentThread();
        node.next(Opcode.RANGE, ask -> reading.interrupt());
        assertThatThrownBy(scan::next).hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(names(scan.next())).isEqualTo(names(2, 4));
    }

    @Test
    void aWholeRangeThatWasCancelledAsksForNoFurtherPage() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        for (int i = 0; i < 6; i++) {
            client.put("k" + i, "v");
        }
        List<FakeNode.Ask> held = new CopyOnWriteArrayList<>();
        node.next(Opcode.RANGE, node::answer);
        node.next(Opcode.RANGE, held::add);
        CompletableFuture<RangeResult> all = client.rangeAsync(RangeQuery.prefix("k").pageRows(2));
        eventually(() -> held.size() == 1);
        assertThat(all.cancel(false)).isTrue();
        node.answer(held.get(0));
        client.get("k0"); // Answered behind it, on the same connection.
        assertThat(node.received(Opcode.RANGE)).hasSize(2);
    }

    @Test
    void severalKeysAreOneReadThatTellsWhatIsMissing() throws Exception {
        KvClient client = clientOfEightKeys();
        ManyResult many =
                get(
                        client.getAllAsync(
                                List.of(Key.of("k3"), Key.of("none"), Key.of("k1")),
                                ReadOptions.LINEARIZABLE));
        assertThat(many.found().entrySet().stream().map(Map.Entry::getKey))
                .containsExactly(Key.of("k3"), Key.of("k1"));
        assertThat(many.missing()).containsExactly(Key.of("none"));
        assertThat(many.revision()).isEqualTo(9);
    }

    @Test
    void tooManyKeysAreRefusedWithWhatToDo() {
        KvClient client = client(node());
        List<Key> keys = Collections.nCopies(Limits.KEYS_PER_READ_MAX + 1, Key.of("a"));
        assertThatThrownBy(() -> client.getAll(keys, ReadOptions.LINEARIZABLE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 1000 keys")
                .hasMessageContaining("ReadOptions.at");
        assertThatThrownBy(() -> client.getAll(List.of(), ReadOptions.LINEARIZABLE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aDeadTokenShowsNoRange() {
        KvClient client = clientOfEightKeys();
        Fence fence = new Fence(new LockName("L"), store.grantToStranger("L"));
        ReadOptions fenced = ReadOptions.LINEARIZABLE.fence(fence);
        assertThat(names(client.range(RangeQuery.prefix("k").options(fenced)))).hasSize(8);
        store.grantToStranger("L");
        assertThatThrownBy(() -> client.range(RangeQuery.prefix("k").options(fenced)))
                .isInstanceOf(FencedException.class);
        assertThatThrownBy(() -> client.getAll(List.of(Key.of("k1")), fenced))
                .isInstanceOfSatisfying(
                        FencedException.class,
                        e -> assertThat(e.status()).isEqualTo(Status.FENCED));
    }

    @Test
    void pagesAreAskedForOneAfterTheOther() {
        FakeNode node = node();
        KvClient client = client(node);
        client.put("a", "1");
        RangeScan scan = client.scan(RangeQuery.prefix("a"));
        client.close(); // Nothing comes any more, so the first is under way, or has failed.
        assertThatThrownBy(scan::next).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(scan::next)
                .as("one that failed may be asked for again")
                .hasMessageContaining("closed");
    }
}
