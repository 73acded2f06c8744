package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What goes over one connection when, and which nodes are spoken to at all. */
class ConnectionTest extends ClientFixture {
    private static final Key KEY = Key.of("a");

    // --- the greeting --------------------------------------------------------------------------

    @Test
    void whatMayBeRepeatedDoesNotWaitForTheGreeting() throws Exception {
        FakeNode node = node();
        AtomicReference<FakeNode.Ask> hello = new AtomicReference<>();
        node.next(Opcode.HELLO, hello::set);
        KvClient client = client(node);
        CompletableFuture<ReadResult> read = client.getAsync(KEY, ReadOptions.LINEARIZABLE);
        CompletableFuture<WriteResult> put =
                client.putAsync(KEY, Value.of("1"), WriteOptions.NONE.withoutSession());
        CompletableFuture<?> opened = client.session().openAsync();
        eventually(() -> node.received(Opcode.OPEN_SESSION).size() == 1);
        assertThat(node.received(Opcode.GET)).hasSize(1);
        assertThat(node.received(Opcode.PUT)).isEmpty();
        node.answer(hello.get());
        assertThat(get(put).changed()).isTrue();
        assertThat(get(read).record()).isEmpty();
        get(opened);
        assertThat(node.received(Opcode.HELLO)).hasSize(1);
    }

    @Test
    void aCommandThatANodeWithoutAGreetingNeverSawIsNotUnknown() {
        FakeNode leader = node();
        FakeNode mute = node();
        ManualTime time = new ManualTime();
        KvClient client = build(settings(leader).clocks(time, time).timers(time));
        client.put("a", "1");
        mute.always(Opcode.HELLO, ask -> {});
        store.leader = mute;
        CompletableFuture<WriteResult> put = client.putAsync(KEY, Value.of("2"), WriteOptions.NONE);
        eventually(() -> mute.received(Opcode.HELLO).size() == 1);
        time.advance(REQUEST_TIMEOUT);
        assertThat(failure(put)).isInstanceOf(UnavailableException.class);
        assertThat(mute.received(Opcode.PUT)).isEmpty();
    }

    @Test
    void aCommandThatMayHaveBeenProposedLosesNothingByComingBehindTheGreeting() throws Exception {
        FakeNode first = node();
        FakeNode second = node();
        KvClient client = client(first, second);
        client.put("a", "1");
        AtomicReference<FakeNode.Ask> hello = new AtomicReference<>();
        second.next(Opcode.HELLO, hello::set);
        first.next(
                Opcode.PUT,
                ask -> {
                    store.leader = second;
                    first.close();
                });
        CompletableFuture<WriteResult> put = client.putAsync(KEY, Value.of("2"), WriteOptions.NONE);
        eventually(() -> second.received(Opcode.PUT).size() == 1);
        second.answer(hello.get());
        assertThat(get(put).changed()).isTrue();
    }

    @Test
    void aRefusedGreetingAnswersWhatCameBehindIt() {
        FakeNode node = node();
        node.always(
                Opcode.HELLO,
                ask -> ask.reply(Status.UNSUPPORTED, new Reply.Message("version 9 only")));
        node.always(Opcode.OPEN_SESSION, ask -> {});
        assertThat(failure(client(node).session().openAsync()))
                .hasMessageContaining("version 9 only");
        eventually(() -> node.received(Opcode.OPEN_SESSION).size() == 1);
    }

    // --- no more than a node takes -------------------------------------------------------------

    @Test
    void requestsBeyondWhatANodeTakesWaitForRoom() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        client.get("a");
        List<FakeNode.Ask> held = hold(node, Opcode.GET);
        List<CompletableFuture<ReadResult>> reads = new ArrayList<>();
        for (int i = 0; i < Connection.IN_FLIGHT_MAX + 10; i++) {
            reads.add(client.getAsync(KEY, ReadOptions.LINEARIZABLE));
        }
        eventually(() -> size(held) == Connection.IN_FLIGHT_MAX);
        client.session().open(); // Passes them.
        assertThat(size(held)).isEqualTo(Connection.IN_FLIGHT_MAX);
        answerAll(node, held);
        eventually(() -> size(held) == 10);
        answerAll(node, held);
        for (CompletableFuture<ReadResult> read : reads) {
            assertThat(get(read).record()).isEmpty();
        }
    }

    @Test
    void largeRequestsBeyondWhatANodeTakesWaitForRoom() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        client.session().open();
        List<FakeNode.Ask> held = hold(node, Opcode.PUT);
        Value large = Value.copyOf(new byte[Limits.VALUE_BYTES_MAX]);
        int fit = Connection.IN_FLIGHT_BYTES_MAX / Limits.VALUE_BYTES_MAX;
        List<CompletableFuture<WriteResult>> puts = new ArrayList<>();
        for (int i = 0; i < 2 * fit; i++) {
            puts.add(client.putAsync(KEY, large, WriteOptions.NONE));
        }
        eventually(() -> size(held) == fit);
        CompletableFuture<Boolean> lock = client.lock("L").tryLockAsync();
        answerAll(node, held);
        for (CompletableFuture<WriteResult> put : puts) {
            eventually(
                    () -> {
                        answerAll(node, held);
                        return put.isDone();
                    });
            assertThat(get(put).changed()).isTrue();
        }
        assertThat(get(lock)).isTrue();
    }

    @Test
    void waitingForLocksTakesNoRoom() {
        FakeNode node = node();
        KvClient client = client(node);
        store.grantToStranger("L");
        int waits = 10;
        for (int i = 0; i < waits; i++) {
            client.lock("L").lockAsync(Duration.ofMinutes(1));
        }
        eventually(() -> store.queued("L") == waits);
        List<FakeNode.Ask> held = hold(node, Opcode.GET);
        for (int i = 0; i < Connection.IN_FLIGHT_MAX; i++) {
            client.getAsync(KEY, ReadOptions.LINEARIZABLE);
        }
        eventually(() -> size(held) == Connection.IN_FLIGHT_MAX);
    }

    private static List<FakeNode.Ask> hold(FakeNode node, Opcode opcode) {
        List<FakeNode.Ask> held = new ArrayList<>();
        node.always(
                opcode,
                ask -> {
                    synchronized (held) {
                        held.add(ask);
                    }
                });
        return held;
    }

    private static int size(List<FakeNode.Ask> held) {
        synchronized (held) {
            return held.size();
        }
    }

    private static void answerAll(FakeNode node, List<FakeNode.Ask> held) {
        List<FakeNode.Ask> asks;
        synchronized (held) {
            asks = List.copyOf(held);
            held.clear();
        }
        asks.forEach(node::answer);
    }

    // --- whom to believe -----------------------------------------------------------------------

    @Test
    void aLeaderWhoseAddressIsNoneIsNotFollowed() {
        FakeNode node = node();
        node.next(
                Opcode.OPEN_SESSION,
                ask -> ask.reply(Status.NOT_LEADER, new Reply.NotLeader("no address")));
        node.next(
                Opcode.OPEN_SESSION,
                ask -> ask.reply(Status.NOT_LEADER, new Reply.NotLeader("host:99999")));
        client(node).put("a", "1");
        assertThat(store.value("a")).isEqualTo("1");
    }

    @Test
    void aLeaderThatIsNamedAfterTroubleIsFollowedAtOnce() {
        FakeNode first = node();
        FakeNode second = node();
        ManualTime time = new ManualTime();
        KvClient client = build(settings(first).clocks(time, time).timers(time));
        client.put("a", "1");
        for (int i = 0; i < 3; i++) {
            first.next(Opcode.PUT, ask -> ask.reply(Status.UNAVAILABLE));
        }
        first.next(
                Opcode.PUT,
                ask -> {
                    store.leader = second;
                    ask.reply(Status.UNAVAILABLE);
                });
        CompletableFuture<WriteResult> put = client.putAsync(KEY, Value.of("2"), WriteOptions.NONE);
        int untilTheLeaderIsNamed = 1 + 4 + 1;
        eventually(
                () -> {
                    if (first.received(Opcode.PUT).size() < untilTheLeaderIsNamed) {
                        time.advance(Duration.ofMillis(Backoff.MAX_NANOS / 1_000_000));
                    }
                    return put.isDone(); // From there on, no time passes.
                });
        assertThat(second.received(Opcode.PUT)).hasSize(1);
    }

    @Test
    void aNodeOfAnotherClusterIsNotUsed() {
        FakeNode ours = node();
        FakeStore otherStore = new FakeStore(new ClusterId(3, 4));
        FakeNode foreign = node(otherStore);
        KvClient client = build(settings(ours, foreign).requestTimeout(Duration.ofMillis(500)));
        client.put("a", "1");
        ours.close();
        assertThatThrownBy(() -> client.put("a", "2")).isInstanceOf(FenceKvException.class);
        assertThatThrownBy(() -> client.get("a")).isInstanceOf(UnavailableException.class);
        assertThat(otherStore.value("a")).isEmpty();
        assertThat(foreign.received(Opcode.HELLO)).isNotEmpty();
    }
}
