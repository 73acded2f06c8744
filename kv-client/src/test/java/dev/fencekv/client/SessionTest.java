package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
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
import org.junit.jupiter.api.Test;

class SessionTest extends ClientFixture {
    private static final Duration TTL = Duration.ofSeconds(9);

    private final ManualTime time = new ManualTime();

    private KvClient clientByHand(FakeNode... nodes) {
        return build(settings(nodes).sessionTtl(TTL).clocks(time, time).timers(time));
    }

    @Test
    void readingNeedsNoSession() {
        FakeNode node = node();
        KvClient client = client(node);
        client.get("a");
        assertThat(node.received(Opcode.OPEN_SESSION)).isEmpty();
        assertThat(client.session().id()).isEmpty();
    }

    @Test
    void theFirstWriteOpensItWithLabelTtlAndARandomNonce() {
        FakeNode node = node();
        for (int i = 0; i < 2; i++) {
            KvClient client = build(settings(node).label("billing-7").sessionTtl(TTL));
            client.put("a", "1");
            assertThat(client.session().id()).isPresent();
            assertThat(client.session().ttl()).isEqualTo(TTL);
        }
        List<Request.OpenSession> opened = node.received(Request.OpenSession.class);
        assertThat(opened).hasSize(2);
        assertThat(opened.get(0).label()).isEqualTo(new SessionLabel("billing-7"));
        assertThat(opened.get(0).ttlMs()).isEqualTo(9000);
        assertThat(opened.get(0).nonce()).isNotEqualTo(opened.get(1).nonce());
    }

    @Test
    void aLostOpeningIsRepeatedWithTheSameNonce() {
        FakeNode node = node();
        node.next(
                Opcode.OPEN_SESSION,
                ask -> {
                    ask.disconnect();
                    node.answer(ask);
                });
        client(node).put("a", "1");
        assertThat(node.received(Opcode.OPEN_SESSION)).hasSize(2);
        assertThat(store.liveSessions()).isEqualTo(1);
    }

    @Test
    void expiryIsToldOnceAndTheNextCommandOpensANewSession() {
        FakeNode node = node();
        KvClient client = client(node);
        List<SessionId> lost = new CopyOnWriteArrayList<>();
        client.session().onLost(lost::add);
        SessionId first = client.session().open();
        store.expireSessions();
        assertThatThrownBy(() -> client.put("a", "1")).isInstanceOf(SessionExpiredException.class);
        client.put("a", "2");
        assertThat(client.session().id()).isPresent().get().isNotEqualTo(first);
        eventually(() -> lost.size() == 1);
        assertThat(lost).containsExactly(first);
        assertThat(node.received(Request.Put.class).get(1).id().sequence()).isEqualTo(1);
    }

    @Test
    void anExpiryEndsTheSessionEvenIfItLeavesTheCommandUnknown() {
        FakeNode node = node();
        KvClient client = client(node);
        client.session().open();
        node.next(Opcode.PUT, ask -> ask.reply(Status.OUTCOME_UNKNOWN));
        node.next(
                Opcode.PUT,
                ask -> ask.reply(Status.SESSION_EXPIRED, new Reply.SessionExpired(true)));
        assertThatThrownBy(() -> client.put("a", "1")).isInstanceOf(OutcomeUnknownException.class);
        assertThat(client.session().id()).isEmpty();
    }

    @Test
    void aRenewalThatFailsIsNotRepeatedAtOnce() {
        FakeNode node = node();
        KvClient client = clientByHand(node);
        FencedLock lock = client.lock("L");
        lock.tryLock();
        node.always(Opcode.RENEW_SESSION, ask -> ask.reply(Status.FORBIDDEN));
        time.suspendMachineFor(Duration.ofMinutes(1));
        assertThat(lock.state()).isEqualTo(LockState.SUSPECT);
        for (int renewals = 1; renewals <= 3; renewals++) {
            int wanted = renewals;
            eventually(() -> node.received(Opcode.RENEW_SESSION).size() == wanted);
            client.get("a");
            client.get("a");
            assertThat(node.received(Opcode.RENEW_SESSION)).hasSize(wanted);
            time.advance(Duration.ofMillis(200));
        }
    }

    @Test
    void aPassedDeadlineEndsTheSessionWithoutAnyIo() {
        FakeNode node = node();
        KvClient client = clientByHand(node);
        List<SessionId> lost = new CopyOnWriteArrayList<>();
        client.session().onLost(lost::add);
        SessionId first = client.session().open();
        node.always(Opcode.RENEW_SESSION, ask -> {});
        time.advance(TTL);
        eventually(() -> lost.size() == 1);
        assertThat(client.session().id()).isEmpty();
        client.put("a", "1");
        assertThat(client.session().id()).isPresent().get().isNotEqualTo(first);
    }

    @Test
    void commandsThatWaitForTheOpeningMoveToTheNextSession() throws Exception {
        FakeNode node = node();
        KvClient client = clientByHand(node);
        AtomicReference<FakeNode.Ask> opening = new AtomicReference<>();
        node.next(Opcode.OPEN_SESSION, opening::set);
        CompletableFuture<WriteResult> put =
                client.putAsync(Key.of("a"), Value.of("1"), WriteOptions.NONE);
        eventually(() -> opening.get() != null);
        time.stopProcessFor(TTL);
        node.answer(opening.get());
        assertThat(get(put).changed()).isTrue();
        assertThat(node.received(Opcode.OPEN_SESSION)).hasSize(2);
        assertThat(node.received(Opcode.PUT)).hasSize(1);
    }

    @Test
    void commandsThatWaitOutliveAnOpeningWhoseSessionIsOverAlready() {
        FakeNode node = node();
        node.next(
                Opcode.OPEN_SESSION,
                ask -> {
                    ask.disconnect();
                    node.answer(ask);
                    store.expireSessions();
                });
        KvClient client = client(node);
        assertThat(client.put("a", "1").changed()).isTrue();
        List<Request.OpenSession> opened = node.received(Request.OpenSession.class);
        assertThat(opened).hasSize(3);
        assertThat(opened.get(1).nonce()).isEqualTo(opened.get(0).nonce());
        assertThat(opened.get(2).nonce()).isNotEqualTo(opened.get(0).nonce());
        assertThat(node.received(Opcode.PUT)).hasSize(1);
    }

    @Test
    void whoeverOpensOutlivesItToo() {
        FakeNode node = node();
        node.next(
                Opcode.OPEN_SESSION,
                ask -> {
                    ask.disconnect();
                    node.answer(ask);
                    store.expireSessions();
                });
        assertThat(client(node).session().open()).isEqualTo(new SessionId(2));
    }

    @Test
    void aNodeThatKnowsNoNonceIsNotAskedForEver() {
        FakeNode node = node();
        node.always(Opcode.OPEN_SESSION, ask -> ask.reply(Status.SESSION_EXPIRED));
        assertThatThrownBy(() -> client(node).put("a", "1"))
                .isInstanceOf(SessionExpiredException.class);
    }

    @Test
    void anOpeningThatTakesTooLongFailsOnlyWhoHasWaitedTooLong() throws Exception {
        FakeNode node = node();
        store.leader = null;
        KvClient client = clientByHand(node);
        CompletableFuture<WriteResult> early =
                client.putAsync(Key.of("a"), Value.of("1"), WriteOptions.NONE);
        eventually(() -> node.received(Opcode.OPEN_SESSION).size() == 1);
        time.advance(Duration.ofSeconds(15));
        CompletableFuture<WriteResult> late =
                client.putAsync(Key.of("b"), Value.of("2"), WriteOptions.NONE);
        client.get("a");
        time.advance(Duration.ofSeconds(6));
        assertThat(failure(early)).isInstanceOf(UnavailableException.class);
        assertThat(late).isNotDone();
        store.leader = node;
        eventually(
                () -> {
                    time.advance(Duration.ofMillis(10));
                    return late.isDone();
                });
        assertThat(get(late).changed()).isTrue();
    }

    @Test
    void anEphemeralKeyBelongsToIt() {
        KvClient client = client(node());
        client.put(Key.of("a"), Value.of("1"), WriteOptions.NONE.asEphemeral());
        assertThat(client.get("a").record().orElseThrow().owner())
                .isEqualTo(client.session().id().orElseThrow());
    }
}
