package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;

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
        KvClient client = client(time, leader);
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
        Held held = hold(node, Opcode.GET);
        List<CompletableFuture<ReadResult>> reads = new ArrayList<>();
        for (int i = 0; i < Connection.IN_FLIGHT_MAX + 10; i++) {
            reads.add(client.getAsync(KEY, ReadOptions.LINEARIZABLE));
        }
        eventually(() -> held.size() == Connection.IN_FLIGHT_MAX);
        client.session().open(); // Passes them.
        held.answer(node);
        eventually(() -> held.size() == 10);
        held.answer(node);
        for (CompletableFuture<ReadResult> read : reads) {
            assertThat(get(read).record()).isEmpty();
        }
        assertThat(held.most()).isEqualTo(Connection.IN_FLIGHT_MAX);
    }

    @Test
    void largeRequestsBeyondWhatANodeTakesWaitForRoom() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        client.session().open();
        Held held = hold(node, Opcode.PUT);
        Value large = Value.copyOf(new byte[Limits.VALUE_BYTES_MAX]);
        int fit = Connection.IN_FLIGHT_BYTES_MAX / Limits.VALUE_BYTES_MAX;
        List<CompletableFuture<WriteResult>> puts = new ArrayList<>();
        for (int i = 0; i < 2 * fit; i++) {
            puts.add(client.putAsync(KEY, large, WriteOptions.NONE));
        }
        eventually(() -> held.size() == fit);
        CompletableFuture<Boolean> lock = client.lock("L").tryLockAsync();
        held.answer(node);
        for (CompletableFuture<WriteResult> put : puts) {
            eventually(
                    () -> {
                        held.answer(node);
                        return put.isDone();
                    });
            assertThat(get(put).changed()).isTrue();
        }
        assertThat(get(lock)).isTrue();
        assertThat(held.most()).isEqualTo(fit);
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
        Held held = hold(node, Opcode.GET);
        for (int i = 0; i < Connection.IN_FLIGHT_MAX; i++) {
            client.getAsync(KEY, ReadOptions.LINEARIZABLE);
        }
        eventually(() -> held.size() == Connection.IN_FLIGHT_MAX);
    }

    /** Requests that a node has got and not answered. Safe from any thread. */
    private static final class Held {
        private final List<FakeNode.Ask> asks = new ArrayList<>();
        private int most;

        synchronized void add(FakeNode.Ask ask) {
            asks.add(ask);
            most = Math.max(most, asks.size());
        }

        synchronized int size() {
            return asks.size();
        }

        synchronized int most() {
            return most;
        }

        synchronized void answer(FakeNode node) {
            asks.forEach(node::answer);
            asks.clear();
        }
    }

    private static Held hold(FakeNode node, Opcode opcode) {
        Held held = new Held();
        node.always(opcode, held::add);
        return held;
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
        KvClient client = client(time, first);
        client.put("a", "1");
        int refusals = 4;
        for (int i = 0; i < refusals; i++) {
            first.next(Opcode.PUT, ask -> ask.reply(Status.UNAVAILABLE));
        }
        first.next(
                Opcode.PUT,
                ask -> {
                    store.leader = second;
                    first.answer(ask);
                });
        CompletableFuture<WriteResult> put = client.putAsync(KEY, Value.of("2"), WriteOptions.NONE);
        eventually(time, () -> first.received(Opcode.PUT).size() == 1 + refusals + 1);
        // From here on time stands still.
        eventually(put::isDone);
        assertThat(second.received(Opcode.PUT)).hasSize(1);
    }

    @Test
    void aNodeOfAnotherClusterIsNotUsed() {
        FakeNode ours = node();
        FakeStore otherStore = new FakeStore(new ClusterId(3, 4));
        FakeNode foreign = node(otherStore);
        ManualTime time = new ManualTime();
        KvClient client = client(time, ours, foreign);
        client.put("a", "1");
        ours.close();
        CompletableFuture<WriteResult> put = client.putAsync(KEY, Value.of("2"), WriteOptions.NONE);
        CompletableFuture<ReadResult> read = client.getAsync(KEY, ReadOptions.LINEARIZABLE);
        assertThat(failure(time, put)).isInstanceOf(FenceKvException.class);
        assertThat(failure(time, read)).isInstanceOf(UnavailableException.class);
        assertThat(otherStore.value("a")).isEmpty();
        assertThat(foreign.received(Opcode.HELLO)).isNotEmpty();
    }
}
