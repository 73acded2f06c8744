package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Comparison.Operator;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class KvClientTest extends ClientFixture {
    private static final Key KEY = Key.of("a");

    private final ManualTime time = new ManualTime();

    private static CompletableFuture<WriteResult> put(KvClient client) {
        return client.putAsync(KEY, Value.of("1"), WriteOptions.NONE);
    }

    @Test
    void whatIsPutCanBeReadAndDeleted() {
        KvClient client = client(node());
        WriteResult put = client.put("a", "1");
        ReadResult read = client.get("a");
        assertThat(read.value()).contains(Value.of("1"));
        assertThat(read.record().orElseThrow().modifyRevision()).isEqualTo(put.revision());
        assertThat(client.delete("a").changed()).isTrue();
        assertThat(client.delete("a").changed()).isFalse();
        assertThat(client.get("a").record()).isEmpty();
    }

    @Test
    void aTransactionDoesOneBranchOrTheOther() {
        KvClient client = client(node());
        client.put("stock", "7");
        Key stock = Key.of("stock");
        TransactionBuilder sale =
                client.transaction()
                        .when(Comparison.value(stock, Operator.EQUAL, Value.of("7")))
                        .then(
                                Operation.put(stock, Value.of("6")).returningPrevious(),
                                Operation.put(KEY, Value.of("sold")))
                        .orElse(Operation.get(stock));

        TransactionResult first = sale.commit();
        assertThat(first.succeeded()).isTrue();
        assertThat(first.result(0, OperationResult.Put.class).previous().orElseThrow().value())
                .isEqualTo(Value.of("7"));
        assertThat(store.value("a")).isEqualTo("sold");

        TransactionResult second = sale.commit();
        assertThat(second.succeeded()).isFalse();
        assertThat(second.result(0, OperationResult.Get.class).record().orElseThrow().value())
                .isEqualTo(Value.of("6"));
        assertThatThrownBy(() -> second.result(0, OperationResult.Put.class))
                .isInstanceOf(ClassCastException.class);
    }

    @Test
    void aTransactionThatMakesNoSenseIsNotSent() {
        KvClient client = client(node());
        assertThatThrownBy(() -> client.transaction().commit())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be in [1, 128]");
        assertThatThrownBy(
                        () ->
                                client.transaction()
                                        .then(Operation.get(KEY), Operation.delete(KEY))
                                        .commit())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name the key a");
        assertThatThrownBy(
                        () ->
                                client.transaction()
                                        .then(Operation.increment(KEY, 1))
                                        .withoutSession()
                                        .commit())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs a session");
        assertThat(store.applied()).isZero();
    }

    @Test
    void aKeyMayEndByItself() {
        KvClient client = client(node());
        Key key = Key.of("otp");
        client.put(key, Value.of("1"), WriteOptions.NONE.ttl(Duration.ofSeconds(30)));
        assertThat(client.ttl(key).remaining()).contains(Duration.ofSeconds(30));
        client.expire(key, Duration.ofSeconds(60), WriteOptions.NONE);
        assertThat(client.ttl(key).remaining()).contains(Duration.ofSeconds(60));
        assertThat(client.persist(key, WriteOptions.NONE).changed()).isTrue();
        TtlResult ttl = client.ttl(key);
        assertThat(ttl.found()).isTrue();
        assertThat(ttl.remaining()).isEmpty();
        assertThat(client.persist(Key.of("none"), WriteOptions.NONE).changed()).isFalse();
        assertThat(client.ttl(Key.of("none")).found()).isFalse();
        assertThatThrownBy(() -> WriteOptions.NONE.ttl(Duration.ofMillis(99)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatWasThereIsReturnedIfAskedFor() {
        KvClient client = client(node());
        WriteOptions returning = WriteOptions.NONE.returningPrevious();
        assertThat(client.put(KEY, Value.of("1"), returning).previous()).isEmpty();
        assertThat(previous(client.put(KEY, Value.of("2"), returning))).isEqualTo("1");
        assertThat(client.put(KEY, Value.of("3"), WriteOptions.NONE).previous()).isEmpty();
        WriteResult third = client.put(KEY, Value.of("4"), returning);
        assertThatThrownBy(() -> client.delete(KEY, returning.ifAbsent()))
                .isInstanceOfSatisfying(
                        ConditionFailedException.class,
                        failed -> assertThat(failed.actualRevision()).isEqualTo(third.revision()));
        WriteResult deleted = client.delete(KEY, returning.ifRevision(third.revision()));
        assertThat(deleted.changed()).isTrue();
        assertThat(previous(deleted)).isEqualTo("4");
        assertThat(client.delete(KEY, returning).changed()).isFalse();
    }

    @Test
    void aRangeIsRemovedAtOnce() {
        KvClient client = client(node());
        List.of("a", "b/1", "b/2", "c").forEach(key -> client.put(key, "1"));
        assertThat(client.deleteRange(KeyRange.prefix("b/"), WriteOptions.NONE).number())
                .isEqualTo(2);
        assertThat(client.deleteRange(KeyRange.of("b", ""), WriteOptions.NONE).number())
                .isEqualTo(1);
        assertThat(store.value("a")).isEqualTo("1");
        assertThatThrownBy(() -> client.deleteRange(KeyRange.ALL, WriteOptions.NONE.ifAbsent()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () ->
                                client.transaction()
                                        .then(
                                                Operation.get(Key.of("b/1")),
                                                Operation.deleteRange(KeyRange.prefix("b/")))
                                        .commit())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a range that has it");
    }

    private static String previous(WriteResult result) {
        return result.previous().orElseThrow().value().toUtf8();
    }

    @Test
    void numbersAreAddedToAndValuesGrow() {
        KvClient client = client(node());
        assertThat(client.increment("n", 5)).isEqualTo(5);
        assertThat(client.increment("n", -7)).isEqualTo(-2);
        assertThat(client.append("n", "x")).isEqualTo(3);
        assertThat(store.value("n")).isEqualTo("-2x");
        assertThatThrownBy(() -> client.increment("n", 1))
                .isInstanceOf(ConditionFailedException.class)
                .hasMessageContaining("not a number");
        assertThatThrownBy(() -> client.increment(KEY, 1, WriteOptions.NONE.withoutSession()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("fences only");
        assertThatThrownBy(() -> client.append(KEY, Value.of("x"), WriteOptions.NONE.ifAbsent()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void conditionsTellWhatTheyFound() {
        KvClient client = client(node());
        long revision = client.put(KEY, Value.of("1"), WriteOptions.NONE.ifAbsent()).revision();
        assertThatThrownBy(() -> client.put(KEY, Value.of("2"), WriteOptions.NONE.ifAbsent()))
                .isInstanceOfSatisfying(
                        ConditionFailedException.class,
                        e -> assertThat(e.actualRevision()).isEqualTo(revision));
        client.put(KEY, Value.of("2"), WriteOptions.NONE.ifRevision(revision));
        assertThat(store.value("a")).isEqualTo("2");
    }

    @Test
    void aStaleTokenIsRefusedWithEvidence() {
        KvClient client = client(node());
        Fence stale = new Fence(new LockName("L"), store.grantToStranger("L"));
        store.grantToStranger("L");
        assertThatThrownBy(() -> client.put(KEY, Value.of("x"), WriteOptions.NONE.fence(stale)))
                .isInstanceOfSatisfying(
                        FencedException.class,
                        e -> {
                            assertThat(e.violations()).hasSize(1);
                            assertThat(e.violations().get(0).reason())
                                    .isEqualTo(FenceReason.SUPERSEDED);
                            assertThat(e).hasMessageContaining("shown=33 live=34");
                        });
        assertThat(store.value("a")).isEmpty();
    }

    // --- finding the leader --------------------------------------------------------------------

    @Test
    void aFollowerNamesTheLeader() {
        FakeNode leader = node();
        FakeNode follower = node();
        client(follower).put("a", "1");
        assertThat(leader.received(Opcode.PUT)).hasSize(1);
        assertThat(follower.received(Opcode.PUT)).isEmpty();
    }

    @Test
    void aChangeOfLeaderIsFollowedWithTheSameSequenceNumber() {
        FakeNode first = node();
        FakeNode second = node();
        KvClient client = client(first);
        client.put("a", "1");
        store.leader = second;
        client.put("a", "2");
        assertThat(store.value("a")).isEqualTo("2");
        assertThat(first.received(Request.Put.class).get(1).id())
                .isEqualTo(second.received(Request.Put.class).get(0).id());
    }

    @Test
    void aConnectionToTheNewLeaderShowsTheNonceFirst() {
        FakeNode first = node();
        FakeNode second = node();
        KvClient client = client(first);
        client.put("a", "1");
        store.leader = second;
        client.put("a", "2");
        Request.OpenSession opened = first.received(Request.OpenSession.class).get(0);
        List<Request.Hello> hellos = second.received(Request.Hello.class);
        assertThat(hellos).hasSize(2);
        assertThat(hellos.get(0).session().isNone()).isTrue();
        assertThat(hellos.get(1).nonce()).isEqualTo(opened.nonce());
        assertThat(first.received(Opcode.HELLO)).hasSize(1);
    }

    @Test
    void duringAnElectionTheClientKeepsAsking() throws Exception {
        FakeNode node = node();
        store.leader = null;
        KvClient client = client(node);
        CompletableFuture<WriteResult> put = client.putAsync(KEY, Value.of("1"), WriteOptions.NONE);
        eventually(() -> node.received(Opcode.OPEN_SESSION).size() >= 3);
        store.leader = node;
        assertThat(get(put).changed()).isTrue();
    }

    @Test
    void aDeadEndpointDoesNotMatterIfAnotherLives() {
        FakeNode dead = node();
        dead.close();
        FakeNode alive = node();
        store.leader = alive;
        client(dead, alive).put("a", "1");
        assertThat(store.value("a")).isEqualTo("1");
    }

    @Test
    void aNodeThatFallsSilentIsGivenUp() {
        FakeNode stopped = node();
        FakeNode next = node();
        KvClient client = build(settings(stopped, next).silence(Duration.ofMillis(30)));
        client.put("a", "1");
        stopped.always(Opcode.PUT, ask -> store.leader = next);
        stopped.always(Opcode.PING, ask -> {});
        client.put("a", "2");
        assertThat(next.received(Opcode.PUT)).hasSize(1);
        assertThat(store.value("a")).isEqualTo("2");
    }

    @Test
    void aSlowRequestOnALivingNodeIsWaitedFor() throws Exception {
        FakeNode node = node();
        // Long enough for a busy machine to answer a ping in.
        KvClient client = build(settings(node).silence(Duration.ofMillis(200)));
        client.put("a", "1");
        AtomicReference<FakeNode.Ask> slow = new AtomicReference<>();
        node.next(Opcode.PUT, slow::set);
        CompletableFuture<WriteResult> put = client.putAsync(KEY, Value.of("2"), WriteOptions.NONE);
        eventually(() -> node.received(Opcode.PING).size() >= 3);
        node.answer(slow.get());
        assertThat(get(put).changed()).isTrue();
        assertThat(node.received(Opcode.HELLO)).hasSize(1);
    }

    // --- exactly once --------------------------------------------------------------------------

    @Test
    void aLostReplyIsAskedForAgainWithTheSameSequenceNumber() {
        FakeNode node = node();
        KvClient client = client(node);
        client.put("a", "1");
        int before = store.applied();
        node.next(
                Opcode.PUT,
                ask -> {
                    ask.disconnect();
                    node.answer(ask);
                });
        client.put("a", "2");
        List<Request.Put> puts = node.received(Request.Put.class);
        assertThat(puts).hasSize(3);
        assertThat(puts.get(2).id()).isEqualTo(puts.get(1).id());
        assertThat(store.applied() - before).isEqualTo(1);
    }

    @Test
    void outcomeUnknownIsAskedForAgainWithTheSameSequenceNumber() {
        FakeNode node = node();
        KvClient client = client(node);
        node.next(Opcode.PUT, ask -> ask.reply(Status.OUTCOME_UNKNOWN));
        node.next(Opcode.PUT, ask -> ask.reply(Status.UNAVAILABLE));
        node.next(Opcode.PUT, ask -> ask.reply(Status.OVERLOADED));
        client.put("a", "1");
        assertThat(node.received(Request.Put.class).stream().map(put -> put.id().sequence()))
                .containsExactly(1L, 1L, 1L, 1L);
    }

    @Test
    void atTheDeadlineAPossibleProposalIsUnknown() {
        FakeNode node = node();
        KvClient client = client(time, node);
        client.session().open();
        node.always(Opcode.PUT, ask -> ask.reply(Status.OUTCOME_UNKNOWN));
        CompletableFuture<WriteResult> put = put(client);
        eventually(() -> node.received(Opcode.PUT).size() == 1);
        client.get("a"); // The reply has been read.
        assertThat(failure(time, put))
                .isInstanceOf(OutcomeUnknownException.class)
                .hasMessageContaining(node.endpoint());
    }

    @Test
    void atTheDeadlineARequestWithoutAReplyIsUnknown() {
        FakeNode node = node();
        KvClient client = client(time, node);
        client.session().open();
        node.always(Opcode.PUT, ask -> {});
        CompletableFuture<WriteResult> put = put(client);
        eventually(() -> node.received(Opcode.PUT).size() == 1);
        assertThat(failure(time, put)).isInstanceOf(OutcomeUnknownException.class);
    }

    @Test
    void atTheDeadlineWhatWasNeverProposedIsUnavailable() {
        FakeNode node = node();
        KvClient client = client(time, node);
        client.session().open();
        node.always(Opcode.PUT, ask -> ask.reply(Status.UNAVAILABLE));
        CompletableFuture<WriteResult> put = put(client);
        eventually(() -> node.received(Opcode.PUT).size() == 1);
        client.get("a"); // The refusal has been read.
        node.close();
        assertThat(failure(time, put)).isInstanceOf(UnavailableException.class);
    }

    @Test
    void withNobodyThereARequestIsUnavailable() {
        FakeNode node = node();
        node.close();
        KvClient client = client(time, node);
        CompletableFuture<ReadResult> read = client.getAsync(KEY, ReadOptions.LINEARIZABLE);
        assertThat(failure(time, put(client)))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("cannot connect");
        assertThat(failure(time, read)).isInstanceOf(UnavailableException.class);
    }

    @Test
    void aRefusalAfterAPossibleProposalIsUnknown() {
        FakeNode node = node();
        KvClient client = client(node);
        node.next(Opcode.PUT, ask -> ask.reply(Status.OUTCOME_UNKNOWN));
        node.next(Opcode.PUT, ask -> ask.reply(Status.FORBIDDEN));
        assertThatThrownBy(() -> client.put("a", "1")).isInstanceOf(OutcomeUnknownException.class);
        node.next(Opcode.PUT, ask -> ask.reply(Status.FORBIDDEN));
        assertThatThrownBy(() -> client.put("a", "1"))
                .isInstanceOfSatisfying(
                        FenceKvException.class,
                        e -> assertThat(e.status()).isEqualTo(Status.FORBIDDEN));
    }

    @Test
    void expiryAfterAPossibleProposalIsUnknownOnlyIfOutcomesAreGone() {
        FakeNode node = node();
        KvClient client = client(node);
        for (boolean gone : new boolean[] {true, false}) {
            node.next(Opcode.PUT, ask -> ask.reply(Status.OUTCOME_UNKNOWN));
            node.next(
                    Opcode.PUT,
                    ask -> ask.reply(Status.SESSION_EXPIRED, new Reply.SessionExpired(gone)));
            assertThatThrownBy(() -> client.put("a", "1"))
                    .isInstanceOf(
                            gone ? OutcomeUnknownException.class : SessionExpiredException.class);
        }
    }

    @Test
    void theFloorIsTheLowestUnsettledSequence() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        AtomicReference<FakeNode.Ask> held = new AtomicReference<>();
        node.next(Opcode.PUT, held::set);
        CompletableFuture<WriteResult> first =
                client.putAsync(KEY, Value.of("1"), WriteOptions.NONE);
        eventually(() -> held.get() != null);
        client.put("b", "2");
        client.put("c", "3");
        node.answer(held.get());
        get(first);
        client.put("d", "4");
        assertThat(node.received(Request.Put.class).stream().map(put -> put.id().floor()))
                .containsExactly(1L, 1L, 1L, 4L);
    }

    @Test
    void aCommandGivenUpMovesTheFloorSoThatItCannotApplyLate() {
        FakeNode node = node();
        KvClient client = client(time, node);
        client.session().open();
        node.next(Opcode.PUT, ask -> {});
        CompletableFuture<WriteResult> put = put(client);
        eventually(() -> node.received(Opcode.PUT).size() == 1);
        assertThat(failure(time, put)).isInstanceOf(OutcomeUnknownException.class);
        client.put("b", "2");
        assertThat(node.received(Request.Put.class).get(1).id().floor()).isEqualTo(2);
    }

    @Test
    void noMoreCommandsAreInFlightThanASessionMayHave() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        AtomicReference<FakeNode.Ask> held = new AtomicReference<>();
        node.next(Opcode.PUT, held::set);
        int most = Limits.IN_FLIGHT_PER_SESSION_MAX - SequenceWindow.RESERVED;
        int puts = most + 100;
        List<CompletableFuture<WriteResult>> results = new ArrayList<>();
        for (int i = 0; i < puts; i++) {
            results.add(client.putAsync(KEY, Value.of("x"), WriteOptions.NONE));
        }
        eventually(() -> results.stream().filter(CompletableFuture::isDone).count() == most - 1);
        assertThat(node.received(Opcode.PUT)).hasSize(most);
        node.answer(held.get());
        for (CompletableFuture<WriteResult> result : results) {
            get(result);
        }
        assertThat(node.received(Request.Put.class).stream().mapToLong(p -> p.id().sequence()))
                .containsExactlyElementsOf(LongStream.rangeClosed(1, puts).boxed().toList());
    }

    @Test
    void aWriteWithoutASessionIsNeverSentTwice() {
        FakeNode node = node();
        KvClient client = client(node);
        node.next(Opcode.PUT, FakeNode.Ask::disconnect);
        assertThatThrownBy(() -> client.put(KEY, Value.of("1"), WriteOptions.NONE.withoutSession()))
                .isInstanceOf(OutcomeUnknownException.class);
        node.next(Opcode.PUT, ask -> ask.reply(Status.OUTCOME_UNKNOWN));
        assertThatThrownBy(() -> client.put(KEY, Value.of("1"), WriteOptions.NONE.withoutSession()))
                .isInstanceOf(OutcomeUnknownException.class);
        assertThat(node.received(Opcode.PUT)).hasSize(2);
        assertThat(node.received(Opcode.OPEN_SESSION)).isEmpty();
    }

    @Test
    void aWriteWithoutASessionIsSentAgainIfItWasNotProposed() {
        FakeNode node = node();
        node.next(Opcode.PUT, ask -> ask.reply(Status.NOT_LEADER, new Reply.NotLeader("")));
        node.next(Opcode.PUT, ask -> ask.reply(Status.OVERLOADED));
        client(node).put(KEY, Value.of("1"), WriteOptions.NONE.withoutSession());
        assertThat(store.value("a")).isEqualTo("1");
    }

    // --- reads ---------------------------------------------------------------------------------

    @Test
    void aReadIsTriedOnAnotherNode() {
        FakeNode first = node();
        FakeNode second = node();
        KvClient client = client(first, second);
        first.next(Opcode.GET, ask -> ask.reply(Status.UNAVAILABLE));
        assertThat(client.get("a").record()).isEmpty();
        first.next(Opcode.GET, FakeNode.Ask::disconnect);
        assertThat(client.get("a").record()).isEmpty();
        assertThat(second.received(Opcode.GET)).isNotEmpty();
    }

    @Test
    void aStaleReadNamesTheRevisionItNeeds() {
        FakeNode node = node();
        KvClient client = client(node);
        long revision = client.put("a", "1").revision();
        assertThat(client.lastSeenRevision()).isEqualTo(revision);
        client.get(KEY, ReadOptions.STALE.atLeast(client.lastSeenRevision()));
        assertThat(node.received(Request.Get.class).get(0).atLeastRevision()).isEqualTo(revision);
    }

    @Test
    void aStatusIsAskedOfOneNodeOnly() {
        FakeNode leader = node();
        FakeNode follower = node();
        KvClient client = client(leader);
        assertThat(client.status(follower.endpoint()).role()).isEqualTo(NodeRole.FOLLOWER);
        assertThat(client.status(leader.endpoint()).members())
                .containsExactly(leader.endpoint(), follower.endpoint());
        follower.close();
        assertThatThrownBy(() -> client.status(follower.endpoint()))
                .isInstanceOf(UnavailableException.class);
    }

    // --- the rest of the surface ---------------------------------------------------------------

    @Test
    void guardsLocksSessionsAndSettingsAreListed() {
        FakeNode node = node();
        KvClient client = client(node);
        List<Guard> guards = new ArrayList<>();
        for (String prefix : List.of("a/", "b/", "c/", "d/", "e/")) {
            Guard guard =
                    new Guard(
                            Key.of(prefix), new LockName("L"), GuardRule.STRICT, GuardMode.ENFORCE);
            client.setGuard(guard, true);
            guards.add(guard);
        }
        assertThat(client.listGuards()).extracting("guard").isEqualTo(guards);
        assertThat(client.removeGuard(Key.of("a/")).changed()).isTrue();
        assertThat(client.removeGuard(Key.of("a/")).changed()).isFalse();
        for (String name : List.of("L1", "L2", "L3", "L4", "L5")) {
            store.grantToStranger(name);
        }
        assertThat(client.listLocks())
                .extracting(lock -> lock.name().value())
                .containsExactly("L1", "L2", "L3", "L4", "L5");
        assertThat(client.inspectLock(new LockName("L1")).orElseThrow().grant()).isPresent();
        assertThat(client.inspectLock(new LockName("nobody"))).isEmpty();
        assertThat(client.listSessions()).hasSize(1);
        assertThat(client.changeSetting("quota-bytes", 7).changed()).isTrue();
        assertThat(client.listSettings().get(0).value()).isEqualTo(7);
        assertThat(client.listRejections(0)).isEmpty();
    }

    @Test
    void oneRejectionIsFoundByItsRevision() {
        FakeNode node = node();
        KvClient client = client(node);
        Fence stale = new Fence(new LockName("L"), store.grantToStranger("L"));
        store.grantToStranger("L");
        assertThatThrownBy(() -> client.put(KEY, Value.of("x"), WriteOptions.NONE.fence(stale)))
                .isInstanceOf(FencedException.class);
        Rejection listed = client.listRejections(0).get(0);
        assertThat(client.findRejection(listed.revision())).contains(listed);
        assertThat(client.findRejection(listed.revision() - 1)).isEmpty();
        assertThat(client.findRejection(listed.revision() + 1)).isEmpty();
    }

    @Test
    void everyRequestCarriesTheHighestStampSeen() {
        FakeNode node = node();
        KvClient client = client(node);
        HybridTimestamp first = client.put("a", "1").stamp();
        HybridTimestamp before = client.lastSeenStamp();
        assertThat(before.isAfter(first) || before.equals(first)).isTrue();
        client.put("a", "2");
        assertThat(node.received(Opcode.PUT).get(1).seen()).isGreaterThanOrEqualTo(first);
        HybridTimestamp outside = HybridTimestamp.ofMillis(9_999_999_999_999L);
        client.observe(outside);
        client.put("a", "3");
        assertThat(node.received(Opcode.PUT).get(2).seen()).isEqualTo(outside);
    }

    @Test
    void requestsAreAnsweredInAnyOrder() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        client.put("a", "1");
        AtomicReference<FakeNode.Ask> held = new AtomicReference<>();
        node.next(Opcode.GET, held::set);
        CompletableFuture<ReadResult> slow = client.getAsync(KEY, ReadOptions.LINEARIZABLE);
        assertThat(client.get("b").record()).isEmpty();
        assertThat(slow).isNotDone();
        node.answer(held.get());
        assertThat(get(slow).value()).contains(Value.of("1"));
    }

    @Test
    void aBlockingCallOnTheIoThreadIsRefused() {
        FakeNode node = node();
        KvClient client = client(node);
        client.put("a", "1");
        AtomicReference<FakeNode.Ask> held = new AtomicReference<>();
        node.next(Opcode.GET, held::set);
        CompletableFuture<ReadResult> blocked =
                client.getAsync(KEY, ReadOptions.LINEARIZABLE).thenApply(r -> client.get("a"));
        eventually(() -> held.get() != null);
        node.answer(held.get());
        assertThat(failure(blocked)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aNodeThatRefusesTheGreetingIsNotAskedForEver() {
        FakeNode node = node();
        node.always(
                Opcode.HELLO,
                ask -> ask.reply(Status.UNSUPPORTED, new Reply.Message("version 9 only")));
        assertThatThrownBy(() -> client(node).get("a")).hasMessageContaining("version 9 only");
    }

    @Test
    void bytesThatAreNotOfTheProtocolEndTheConnectionOnly() {
        FakeNode node = node();
        KvClient client = client(node);
        node.next(
                Opcode.GET,
                ask -> ask.channel().writeAndFlush(ask.channel().alloc().buffer().writeLong(-1L)));
        assertThat(client.get("a").record()).isEmpty();
        assertThat(node.received(Opcode.GET)).hasSize(2);
    }

    // --- the end -------------------------------------------------------------------------------

    @Test
    void closingEndsTheSession() {
        FakeNode node = node();
        KvClient client = client(node);
        client.put("a", "1");
        assertThat(store.liveSessions()).isEqualTo(1);
        client.close();
        assertThat(store.liveSessions()).isZero();
        client.close();
        eventually(() -> node.connections() == 0);
        assertThatThrownBy(() -> client.put("a", "2")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingEndsEverythingThatWaits() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        store.grantToStranger("L");
        client.put("a", "1");
        node.always(Opcode.PUT, ask -> {});
        node.always(Opcode.GET, ask -> {});
        CompletableFuture<?> put = client.putAsync(KEY, Value.of("2"), WriteOptions.NONE);
        CompletableFuture<?> get = client.getAsync(KEY, ReadOptions.LINEARIZABLE);
        CompletableFuture<?> lock = client.lock("L").lockAsync(Duration.ofMinutes(1));
        eventually(() -> store.queued("L") == 1);
        eventually(() -> node.received(Opcode.GET).size() == 1);
        client.close();
        assertThat(failure(put)).isInstanceOf(OutcomeUnknownException.class);
        assertThat(failure(get)).isInstanceOf(UnavailableException.class);
        assertThat(failure(lock)).isInstanceOf(SessionExpiredException.class);
    }

    @Test
    void closingSendsNothingThatStillWaits() {
        FakeNode node = node();
        KvClient client = client(node);
        client.session().open();
        AtomicReference<FakeNode.Ask> stuck = new AtomicReference<>();
        node.next(Opcode.PUT, stuck::set);
        int most = Limits.IN_FLIGHT_PER_SESSION_MAX - SequenceWindow.RESERVED;
        List<CompletableFuture<?>> puts = new ArrayList<>();
        for (int i = 0; i < most + 100; i++) {
            puts.add(client.putAsync(KEY, Value.of("x"), WriteOptions.NONE));
        }
        eventually(() -> puts.get(most - 1).isDone());
        client.close();
        assertThat(node.received(Opcode.CLOSE_SESSION)).hasSize(1);
        assertThat(node.received(Opcode.PUT)).hasSize(most);
        assertThat(failure(puts.get(0))).isInstanceOf(OutcomeUnknownException.class);
        assertThat(failure(puts.get(most))).isInstanceOf(UnavailableException.class);
    }

    @Test
    void closingDoesNotNeedANode() {
        FakeNode node = node();
        KvClient client = client(node);
        client.put("a", "1");
        node.close();
        client.close();
    }
}
