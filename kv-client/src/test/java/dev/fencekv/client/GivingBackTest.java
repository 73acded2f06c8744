package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionId;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a client has let go of does not stay held: neither by its limits nor by a refusal. */
class GivingBackTest extends ClientFixture {
    private static final Key KEY = Key.of("a");
    private static final Duration LONG = Duration.ofMinutes(5);

    /** No node has applied anything like it. */
    private static final HybridTimestamp FAR_AHEAD = HybridTimestamp.ofMillis(9_999_999_999_999L);

    // --- the client's own limits ---------------------------------------------------------------

    @Test
    void aFullClientStillRenewsLeavesQueuesReleasesAndCloses() {
        FakeNode node = node();
        ManualTime time = new ManualTime();
        KvClient client =
                build(
                        settings(node)
                                .sessionTtl(Duration.ofSeconds(9))
                                .clocks(time, time)
                                .timers(time));
        FencedLock held = client.lock("held");
        held.tryLock();
        store.grantToStranger("busy");
        CompletableFuture<FencingToken> waiting = client.lock("busy").lockAsync(LONG);
        eventually(() -> store.queued("busy") == 1);
        node.always(Opcode.GET, ask -> {});
        for (int i = 0; i < Dispatcher.OPEN_CALLS_MAX; i++) {
            client.getAsync(KEY, ReadOptions.LINEARIZABLE);
        }
        assertThat(failure(client.getAsync(KEY, ReadOptions.LINEARIZABLE)))
                .hasMessageContaining("slow down");

        time.advance(Duration.ofSeconds(3));
        eventually(() -> node.received(Opcode.RENEW_SESSION).size() == 1);
        waiting.cancel(false);
        eventually(() -> store.queued("busy") == 0);
        assertThat(held.unlock()).isTrue();
        client.close();
        assertThat(store.liveSessions()).isZero();
    }

    @Test
    void aReleasePassesTheCommandsThatWait() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        FencedLock lock = client.lock("L");
        lock.tryLock();
        AtomicReference<FakeNode.Ask> stuck = new AtomicReference<>();
        node.next(Opcode.PUT, stuck::set);
        CompletableFuture<WriteResult> first =
                client.putAsync(KEY, Value.of("1"), WriteOptions.NONE);
        eventually(() -> stuck.get() != null);
        node.always(Opcode.PUT, ask -> {});
        CompletableFuture<?> last = first;
        for (int i = 0; i < Limits.IN_FLIGHT_PER_SESSION_MAX + SessionKeeper.WAITING_MAX; i++) {
            last = client.putAsync(KEY, Value.of("2"), WriteOptions.NONE);
        }
        assertThat(failure(last)).hasMessageContaining("slow down");
        assertThat(lock.unlock()).isTrue();
        assertThat(first).isNotDone();
    }

    // --- refusals of an attempt ----------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(
            value = Status.class,
            names = {"OVERLOADED", "UNAVAILABLE", "NOT_LEADER", "TOO_MANY_IN_FLIGHT"})
    void aReleaseThatWasNotProposedIsSentAgain(Status refusal) {
        FakeNode node = node();
        FencedLock lock = client(node).lock("L");
        lock.tryLock();
        for (int i = 0; i < 4; i++) {
            node.next(Opcode.RELEASE, ask -> ask.reply(refusal));
        }
        assertThat(lock.unlock()).isTrue();
        assertThat(store.holder("L").isNone()).isTrue();
    }

    @Test
    void aStampTooFarAheadDoesNotKeepALockHeld() {
        FakeNode node = node();
        KvClient client = client(node);
        FencedLock lock = client.lock("L");
        lock.tryLock();
        refuseStampsAhead(node, Opcode.RELEASE);
        client.observe(FAR_AHEAD);
        assertThat(lock.unlock()).isTrue();
        assertThat(store.holder("L").isNone()).isTrue();
        List<FakeNode.Ask> releases = node.received(Opcode.RELEASE);
        assertThat(releases).extracting(FakeNode.Ask::seen).startsWith(FAR_AHEAD);
        assertThat(releases)
                .extracting(ask -> ((Request.Release) ask.request()).id().sequence())
                .containsOnly(2L);
    }

    @Test
    void aStampTooFarAheadDoesNotKeepAPlaceInAQueue() {
        FakeNode node = node();
        KvClient client = client(node);
        store.grantToStranger("L");
        CompletableFuture<FencingToken> waiting = client.lock("L").lockAsync(LONG);
        eventually(() -> store.queued("L") == 1);
        refuseStampsAhead(node, Opcode.CANCEL_WAIT);
        client.observe(FAR_AHEAD);
        waiting.cancel(false);
        eventually(() -> store.queued("L") == 0);
    }

    @Test
    void aStampTooFarAheadDoesNotKeepASessionOpen() {
        FakeNode node = node();
        KvClient client = client(node);
        client.lock("L").tryLock();
        refuseStampsAhead(node, Opcode.CLOSE_SESSION);
        client.observe(FAR_AHEAD);
        client.close();
        assertThat(store.liveSessions()).isZero();
        assertThat(store.holder("L").isNone()).isTrue();
    }

    /** As a leader does: what it has applied may be shown, what lies beyond its clock may not. */
    private static void refuseStampsAhead(FakeNode node, Opcode opcode) {
        node.always(
                opcode,
                ask -> {
                    if (ask.seen().equals(FAR_AHEAD)) {
                        ask.reply(Status.CLOCK_SKEW, new Reply.ClockSkew(ask.seen(), 1));
                    } else {
                        node.answer(ask);
                    }
                });
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.class,
            names = {"FORBIDDEN", "UNAUTHENTICATED", "INVALID_ARGUMENT", "UNSUPPORTED"})
    void aReleaseThatIsRefusedForGoodEndsTheSession(Status refusal) {
        FakeNode node = node();
        KvClient client = client(node);
        List<SessionId> ended = new CopyOnWriteArrayList<>();
        client.session().onLost(ended::add);
        FencedLock refused = client.lock("refused");
        FencedLock other = client.lock("other");
        List<LockLost> told = new CopyOnWriteArrayList<>();
        other.onLost(told::add);
        refused.tryLock();
        other.tryLock();
        FencingToken token = other.token();
        SessionId session = client.session().id().orElseThrow();
        node.always(Opcode.RELEASE, ask -> ask.reply(refusal));

        assertThatThrownBy(refused::unlock)
                .isInstanceOfSatisfying(
                        FenceKvException.class, e -> assertThat(e.status()).isEqualTo(refusal));
        assertThat(other.state()).isEqualTo(LockState.LOST);
        eventually(() -> told.size() == 1 && ended.size() == 1);
        assertThat(ended).containsExactly(session);
        assertThat(told)
                .containsExactly(
                        new LockLost(
                                new LockName("other"), token, LockLost.Cause.SESSION_GIVEN_UP));
        eventually(() -> store.holder("refused").isNone() && store.holder("other").isNone());
        client.put("a", "1");
        assertThat(client.session().id()).isPresent().get().isNotEqualTo(session);
    }

    @Test
    void aCancelThatIsRefusedForGoodEndsTheSession() {
        FakeNode node = node();
        KvClient client = client(node);
        store.grantToStranger("L");
        CompletableFuture<FencingToken> waiting = client.lock("L").lockAsync(LONG);
        eventually(() -> store.queued("L") == 1);
        node.always(Opcode.CANCEL_WAIT, ask -> ask.reply(Status.FORBIDDEN));
        waiting.cancel(false);
        eventually(() -> store.queued("L") == 0);
        assertThat(client.session().id()).isEmpty();
    }

    /** Nobody renews it any more, which ends it as surely, if later. */
    @Test
    void aSessionThatMayNotBeClosedEitherIsNotRenewedAnyMore() {
        FakeNode node = node();
        KvClient client = client(node);
        FencedLock lock = client.lock("L");
        lock.tryLock();
        node.always(Opcode.RELEASE, ask -> ask.reply(Status.FORBIDDEN));
        node.always(Opcode.CLOSE_SESSION, ask -> ask.reply(Status.FORBIDDEN));
        assertThatThrownBy(lock::unlock).isInstanceOf(FenceKvException.class);
        eventually(() -> node.received(Opcode.CLOSE_SESSION).size() == 1);
        assertThat(client.session().id()).isEmpty();
    }

    @Test
    void aNodeThatRefusesTheGreetingDoesNotDecideAboutARelease() {
        FakeNode node = node();
        KvClient client = client(node);
        FencedLock lock = client.lock("L");
        lock.tryLock();
        node.next(Opcode.RELEASE, FakeNode.Ask::disconnect);
        node.next(Opcode.HELLO, ask -> ask.reply(Status.UNSUPPORTED));
        assertThat(lock.unlock()).isTrue();
        assertThat(store.holder("L").isNone()).isTrue();
        assertThat(client.session().id()).isPresent();
    }

    // --- acquires whose end is not known -------------------------------------------------------

    @Test
    void anAcquireThatComesLateDoesNotApplyAfterItsCancel() {
        FakeNode node = node();
        FencedLock lock = client(node).lock("L");
        AtomicReference<FakeNode.Ask> late = new AtomicReference<>();
        node.next(
                Opcode.ACQUIRE,
                ask -> {
                    late.set(ask);
                    ask.reply(Status.OUTCOME_UNKNOWN);
                });
        node.next(Opcode.ACQUIRE, ask -> ask.reply(Status.CLOCK_SKEW));
        assertThat(lock.tryLock()).isFalse();
        Request.CancelWait cancel = node.received(Request.CancelWait.class).get(0);
        assertThat(cancel.id().floor()).isEqualTo(2);
        node.answer(late.get());
        assertThat(store.holder("L").isNone()).isTrue();
    }
}
