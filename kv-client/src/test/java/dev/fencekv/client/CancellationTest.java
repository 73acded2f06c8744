package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Requests that nobody wants any more, and requests that have less time than others. */
class CancellationTest extends ClientFixture {
    private final FakeNode node = node();
    private final AtomicReference<FakeNode.Ask> held = new AtomicReference<>();

    private static CompletableFuture<WriteResult> put(KvClient client, String key) {
        return client.putAsync(Key.of(key), Value.of("1"), WriteOptions.NONE);
    }

    private List<String> keysPut() {
        return node.received(Request.Put.class).stream()
                .map(request -> request.key().toString())
                .distinct()
                .toList();
    }

    // --- given up before it is sent --------------------------------------------------------------

    @Test
    void whatIsCancelledBeforeItsSessionIsOpenIsNeverSent() throws Exception {
        node.next(Opcode.OPEN_SESSION, held::set);
        KvClient client = client(node);
        CompletableFuture<WriteResult> unwanted = put(client, "unwanted");
        CompletableFuture<WriteResult> wanted = put(client, "wanted");
        eventually(() -> held.get() != null);

        assertThat(unwanted.cancel(false)).isTrue();
        node.answer(held.get());

        get(wanted);
        assertThat(keysPut()).containsExactly("wanted");
        assertThat(node.received(Request.Put.class).get(0).id().sequence()).isEqualTo(1);
        assertThat(unwanted).isCancelled();
    }

    @Test
    void whatIsCancelledInTheSameTurnIsNeverSent() throws Exception {
        KvClient client = client(node);
        client.put("first", "1");
        node.next(Opcode.GET, held::set);
        // On the client's I/O thread, which takes requests up one after the other.
        CompletableFuture<Void> cancelled =
                client.getAsync(Key.of("first"), ReadOptions.LINEARIZABLE)
                        .thenRun(() -> put(client, "unwanted").cancel(false));
        eventually(() -> held.get() != null);
        node.answer(held.get());
        get(cancelled);
        get(put(client, "wanted"));
        assertThat(keysPut()).containsExactly("first", "wanted");
    }

    @Test
    void whatIsCancelledWhileItWaitsToBeSentAgainIsNotSentAgain() throws Exception {
        ManualTime time = new ManualTime();
        node.next(
                Opcode.PUT,
                ask -> {
                    held.set(ask);
                    ask.reply(Status.OVERLOADED);
                });
        KvClient client = client(time, node);
        CompletableFuture<WriteResult> unwanted = put(client, "unwanted");
        eventually(() -> held.get() != null);
        get(client.statusAsync(node.endpoint())); // So the answer to the put has come, too.

        unwanted.cancel(false);

        CompletableFuture<WriteResult> wanted = put(client, "wanted");
        eventually(time, wanted::isDone);
        assertThat(node.received(Opcode.PUT)).hasSize(2);
        assertThat(store.value("unwanted")).isEmpty();
    }

    // --- given up after it was sent --------------------------------------------------------------

    @Test
    void whatIsCancelledAfterItWasSentIsSettledForItsSession() throws Exception {
        node.next(Opcode.PUT, held::set);
        KvClient client = client(node);
        CompletableFuture<WriteResult> unwanted = put(client, "unwanted");
        eventually(() -> held.get() != null);

        unwanted.cancel(false);

        get(put(client, "next"));
        eventually(
                () -> {
                    get(put(client, "later"));
                    List<Request.Put> puts = node.received(Request.Put.class);
                    return puts.get(puts.size() - 1).id().floor() > 1;
                });
        node.answer(held.get()); // It comes too late for anybody, and must harm nobody.
        get(put(client, "last"));
        assertThat(keysPut()).containsExactly("unwanted", "next", "later", "last");
    }

    @Test
    void whatIsCancelledAfterItWasSentIsNotSentAgainWhenTheConnectionIsLost() throws Exception {
        node.next(Opcode.PUT, held::set);
        KvClient client = client(node);
        CompletableFuture<WriteResult> unwanted = put(client, "unwanted");
        eventually(() -> held.get() != null);
        unwanted.cancel(false);
        get(client.statusAsync(node.endpoint())); // Behind the cancellation.

        node.disconnectAll();

        get(put(client, "next"));
        assertThat(keysPut()).containsExactly("unwanted", "next");
        assertThat(node.received(Request.Put.class).get(1).id().floor()).isEqualTo(2);
    }

    @Test
    void aReadThatIsEndedByATimeoutOfTheCallersIsNotSentAgain() throws Exception {
        node.always(Opcode.GET, ask -> {});
        KvClient client = client(node);
        CompletableFuture<ReadResult> read =
                client.getAsync(Key.of("a"), ReadOptions.LINEARIZABLE)
                        .orTimeout(1, TimeUnit.MILLISECONDS);
        assertThat(failure(read)).isInstanceOf(TimeoutException.class);
        get(client.statusAsync(node.endpoint())); // Behind the giving up.

        node.disconnectAll();

        get(put(client, "next"));
        assertThat(node.received(Opcode.GET)).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void aThousandCancelledWritesLeaveRoomForOthers() throws Exception {
        node.always(Opcode.PUT, ask -> {});
        KvClient client = client(node);
        client.session().open();
        for (int round = 0; round < 5; round++) {
            List<CompletableFuture<WriteResult>> unwanted = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                unwanted.add(put(client, "unwanted"));
            }
            unwanted.forEach(each -> each.cancel(false));
        }
        node.disconnectAll(); // Whatever of them was sent fills the connection.
        node.behave(Opcode.PUT);

        get(put(client, "wanted"));
        assertThat(store.value("wanted")).isEqualTo("1");
    }

    @Test
    void anInterruptedThreadGivesItsRequestUp() throws Exception {
        node.next(Opcode.OPEN_SESSION, held::set);
        KvClient client = client(node);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                client.put("unwanted", "1");
                            } catch (FenceKvException e) {
                                thrown.set(e);
                            }
                        });
        thread.start();
        eventually(() -> held.get() != null);
        thread.interrupt();
        thread.join();
        assertThat(thrown.get()).isInstanceOf(OutcomeUnknownException.class);

        node.answer(held.get());

        client.put("wanted", "1");
        assertThat(keysPut()).containsExactly("wanted");
    }

    @Test
    void aReadThatIsAnsweredByATimeoutOfTheCallersIsNotSentAgain() throws Exception {
        KvClient client = client(node);
        ReadResult instead = client.get("a");
        node.always(Opcode.GET, ask -> {});
        CompletableFuture<ReadResult> read =
                client.getAsync(Key.of("a"), ReadOptions.LINEARIZABLE)
                        .completeOnTimeout(instead, 1, TimeUnit.MILLISECONDS);
        assertThat(get(read)).isSameAs(instead);
        get(client.statusAsync(node.endpoint())); // Behind the giving up.
        int sent = node.received(Opcode.GET).size();

        node.disconnectAll();

        get(put(client, "next"));
        assertThat(node.received(Opcode.GET)).hasSize(sent);
    }

    // --- closing -------------------------------------------------------------------------------

    @Test
    void whatIsAskedOfAClosingClientIsRefusedAndDoesNotKeepItOpen() throws Exception {
        node.next(Opcode.CLOSE_SESSION, held::set);
        KvClient client = client(node);
        client.put("a", "1");
        CompletableFuture<Void> closed = client.closeAsync();
        eventually(() -> held.get() != null);
        for (int i = 0; i < 3; i++) {
            assertThat(failure(client.getAsync(Key.of("a"), ReadOptions.LINEARIZABLE)))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThat(closed).isNotDone();

        node.answer(held.get());

        get(closed);
        eventually(() -> node.connections() == 0);
    }

    // --- deadlines -----------------------------------------------------------------------------

    @Test
    void aViewHasItsOwnTimeAndTheClientsSession() throws Exception {
        ManualTime time = new ManualTime();
        KvClient client = client(time, node);
        client.put("a", "1");
        KvClient hasty = client.withRequestTimeout(Duration.ofMillis(50));
        assertThat(hasty.session().id()).isEqualTo(client.session().id());
        node.always(Opcode.GET, ask -> {});
        node.always(Opcode.PUT, ask -> {});

        CompletableFuture<ReadResult> read = hasty.getAsync(Key.of("a"), ReadOptions.LINEARIZABLE);
        CompletableFuture<WriteResult> write = put(hasty, "a");
        CompletableFuture<WriteResult> patient = put(client, "a");
        eventually(() -> node.received(Opcode.PUT).size() == 3);
        time.advance(Duration.ofMillis(51));

        assertThat(failure(read)).isInstanceOf(UnavailableException.class);
        assertThat(failure(write)).isInstanceOf(OutcomeUnknownException.class);
        assertThat(patient).isNotDone();
    }

    @Test
    void locksOfAViewAreOwnersOfTheirOwn() {
        KvClient client = client(node);
        KvClient view = client.withRequestTimeout(Duration.ofSeconds(5));
        assertThat(client.lock("l").tryLock()).isTrue();
        assertThat(view.lock("l").tryLock()).isFalse();
    }

    @Test
    void closingAViewClosesItsClient() {
        KvClient client = client(node);
        client.withRequestTimeout(Duration.ofSeconds(5)).close();
        assertThatThrownBy(() -> client.get("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aTimeoutIsAtLeastAMillisecond() {
        KvClient client = client(node);
        assertThatThrownBy(() -> client.withRequestTimeout(Duration.ofNanos(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1");
    }
}
