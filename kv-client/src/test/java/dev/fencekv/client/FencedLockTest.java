package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class FencedLockTest extends ClientFixture {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration TTL = Duration.ofSeconds(9);

    private final ManualTime time = new ManualTime();

    private KvClient clientByHand(FakeNode... nodes) {
        return build(settings(nodes).sessionTtl(TTL).clocks(time, time).timers(time));
    }

    // --- locking -------------------------------------------------------------------------------

    @Test
    void aFreeLockIsGrantedWithItsToken() {
        FencedLock lock = client(node()).lock("L");
        assertThat(lock.state()).isEqualTo(LockState.RELEASED);
        assertThat(lock.tryLock()).isTrue();
        assertThat(lock.token()).isEqualTo(new FencingToken(33)).isEqualTo(store.holder("L"));
        assertThat(lock.isHeld()).isTrue();
        assertThat(lock.unlock()).isTrue();
        assertThat(lock.isHeld()).isFalse();
        assertThat(lock.token().isNone()).isTrue();
        assertThat(store.holder("L").isNone()).isTrue();
    }

    @Test
    void aTryForAHeldLockIsBusyAtOnce() {
        FakeNode node = node();
        store.grantToStranger("L");
        FencedLock lock = client(node).lock("L");
        assertThat(lock.tryLock()).isFalse();
        assertThat(store.queued("L")).isZero();
        assertThatThrownBy(lock::unlock).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aWaiterIsToldOfItsGrant() throws Exception {
        FakeNode node = node();
        store.grantToStranger("L");
        FencedLock lock = client(node).lock("L");
        CompletableFuture<FencingToken> waiting = lock.lockAsync(LONG);
        eventually(() -> store.queued("L") == 1);
        assertThat(waiting).isNotDone();
        store.revoke("L");
        assertThat(get(waiting)).isEqualTo(store.holder("L"));
        assertThat(lock.isHeld()).isTrue();
    }

    @Test
    void lockingAgainCountsAndTheLastUnlockReleases() {
        FakeNode node = node();
        FencedLock lock = client(node).lock("L");
        assertThat(lock.tryLock()).isTrue();
        assertThat(lock.tryLock()).isTrue();
        assertThat(node.received(Opcode.ACQUIRE)).hasSize(1);
        assertThat(lock.unlock()).isTrue();
        assertThat(lock.isHeld()).isTrue();
        assertThat(lock.unlock()).isTrue();
        assertThat(lock.isHeld()).isFalse();
        assertThat(node.received(Opcode.RELEASE)).hasSize(1);
    }

    @Test
    void twoObjectsAreTwoOwners() {
        KvClient client = client(node());
        FencedLock one = client.lock("L");
        FencedLock other = client.lock("L");
        assertThat(one.tryLock()).isTrue();
        assertThat(other.tryLock()).isFalse();
    }

    @Test
    void aLockIsAskedForOnlyAfterItsReleaseIsSettled() throws Exception {
        FakeNode node = node();
        FencedLock lock = client(node).lock("L");
        lock.tryLock();
        AtomicReference<FakeNode.Ask> release = new AtomicReference<>();
        node.next(Opcode.RELEASE, release::set);
        CompletableFuture<Boolean> released = lock.unlockAsync();
        CompletableFuture<Boolean> again = lock.tryLockAsync();
        eventually(() -> release.get() != null);
        assertThat(lock.isHeld()).isFalse();
        assertThat(node.received(Opcode.ACQUIRE)).hasSize(1);
        node.answer(release.get());
        assertThat(get(released)).isTrue();
        assertThat(get(again)).isTrue();
        assertThat(lock.token()).isEqualTo(new FencingToken(34));
    }

    @Test
    void aReleaseWhoseReplyIsLostIsRepeated() {
        FakeNode node = node();
        FencedLock lock = client(node).lock("L");
        lock.tryLock();
        node.next(Opcode.RELEASE, FakeNode.Ask::disconnect);
        assertThat(lock.unlock()).isTrue();
        assertThat(store.holder("L").isNone()).isTrue();
    }

    @Test
    void aReleaseThatTakesTooLongIsReportedButGoesOn() {
        FakeNode node = node();
        FencedLock lock = client(time, node).lock("L");
        lock.tryLock();
        node.always(Opcode.RELEASE, ask -> ask.reply(Status.UNAVAILABLE));
        assertThat(failure(time, lock.unlockAsync())).isInstanceOf(OutcomeUnknownException.class);
        node.behave(Opcode.RELEASE);
        eventually(time, () -> store.holder("L").isNone());
    }

    @Test
    void aLockIsReclaimedIfNobodyWasThereInBetween() {
        FakeNode node = node();
        KvClient client = client(node);
        FencedLock lock = client.lock("L");
        lock.tryLock();
        FencingToken last = lock.token();
        store.expireSessions();
        assertThatThrownBy(() -> lock.put("k", "v")).isInstanceOf(SessionExpiredException.class);
        assertThat(lock.unlock()).isFalse();

        FencedLock again = client.lock("L");
        assertThat(again.reclaim(last)).isEqualTo(new FencingToken(34));
        assertThat(again.isHeld()).isTrue();
        assertThat(again.unlock()).isTrue();
    }

    @Test
    void aLockThatSomebodyHadInBetweenIsNotReclaimed() {
        FencingToken last = store.grantToStranger("L");
        store.grantToStranger("L");
        store.revoke("L");
        FencedLock lock = client(node()).lock("L");
        assertThatThrownBy(() -> lock.reclaim(last))
                .isInstanceOf(FencedException.class)
                .hasMessageContaining("SUPERSEDED lock=L shown=33");
        assertThat(lock.isHeld()).isFalse();
        assertThat(lock.tryLock()).isTrue();
    }

    @Test
    void aLockThatItsLastOwnerStillHoldsIsBusy() {
        FencingToken last = store.grantToStranger("L");
        assertThatThrownBy(() -> client(node()).lock("L").reclaim(last))
                .isInstanceOf(LockBusyException.class);
    }

    @Test
    void aReclaimWhoseReplyIsLostIsRepeatedUnderItsNumber() {
        FakeNode node = node();
        FencingToken last = store.grantToStranger("L");
        store.revoke("L");
        node.next(Opcode.RECLAIM, FakeNode.Ask::disconnect);
        assertThat(client(node).lock("L").reclaim(last)).isEqualTo(store.holder("L"));
        assertThat(store.applied()).isEqualTo(1);
    }

    @Test
    void aWaiterSeesItsPlaceAndTheHolder() {
        FakeNode node = node();
        FencingToken held = store.grantToStranger("L");
        KvClient client = client(node);
        FencedLock first = client.lock("L");
        FencedLock second = client.lock("L");
        assertThat(first.place()).isEmpty();
        first.lockAsync(LONG);
        eventually(() -> store.queued("L") == 1);
        second.lockAsync(LONG);
        eventually(() -> store.queued("L") == 2);

        QueuePlace place = second.place().orElseThrow();
        assertThat(place.ahead()).isEqualTo(1);
        assertThat(place.waiters()).isEqualTo(2);
        assertThat(place.holders())
                .extracting(holder -> holder.grant().token())
                .containsExactly(held);
        assertThat(first.place()).hasValueSatisfying(ahead -> assertThat(ahead.ahead()).isZero());
    }

    @Test
    void readersAndTakersOfPermitsSayWhatTheyAre() {
        FakeNode node = node();
        KvClient client = client(node);
        FencedReadWriteLock both = client.readWriteLock("L");
        assertThat(both.readLock().tryLock()).isTrue();
        assertThat(both.writeLock().tryLock()).isFalse();
        assertThat(both.readLock().unlock()).isTrue();
        assertThat(both.writeLock().tryLock()).isTrue();
        FencedSemaphore semaphore = client.semaphore("S", 3);
        FencedLock permit = semaphore.permit();
        assertThat(permit.tryLock()).isTrue();
        assertThat(permit.isHeld()).isTrue();
        assertThat(permit.unlock()).isTrue();
        assertThat(node.received(Request.AcquireShared.class))
                .extracting(Request.AcquireShared::permits)
                .containsExactly(0, 3);
        assertThatThrownBy(() -> permit.reclaim(new FencingToken(33)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> client.semaphore("S", 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theLockDelayTravelsWithTheAcquire() {
        FakeNode node = node();
        client(node).lock(new LockName("L"), Duration.ofSeconds(3)).tryLock();
        assertThat(node.received(Request.Acquire.class).get(0).lockDelayMs()).isEqualTo(3000);
    }

    // --- waiting through trouble ---------------------------------------------------------------

    @Test
    void aWaiterThatLosesItsConnectionAsksAgainForTheRest() throws Exception {
        FakeNode node = node();
        store.grantToStranger("L");
        KvClient client = clientByHand(node);
        FencedLock lock = client.lock("L");
        CompletableFuture<FencingToken> waiting = lock.lockAsync(LONG);
        eventually(() -> store.queued("L") == 1);
        time.advance(Duration.ofSeconds(2));
        node.disconnectAll();
        eventually(time, () -> node.received(Opcode.ACQUIRE).size() == 2);
        List<Request.Acquire> asked = node.received(Request.Acquire.class);
        assertThat(asked.get(1).waitMs()).isBetween(1L, LONG.toMillis() - 2000);
        assertThat(asked.get(1).owner()).isEqualTo(asked.get(0).owner());
        assertThat(asked.get(1).id().sequence()).isEqualTo(2);
        assertThat(asked.get(1).id().floor()).isEqualTo(2);
        store.revoke("L");
        assertThat(get(waiting)).isEqualTo(store.holder("L"));
    }

    @Test
    void aGrantMissedWhileDisconnectedIsFound() throws Exception {
        FakeNode node = node();
        store.grantToStranger("L");
        FencedLock lock = client(node).lock("L");
        CompletableFuture<FencingToken> waiting = lock.lockAsync(LONG);
        eventually(() -> store.queued("L") == 1);
        AtomicReference<FakeNode.Ask> second = new AtomicReference<>();
        node.next(Opcode.ACQUIRE, second::set);
        node.disconnectAll();
        eventually(() -> second.get() != null);
        store.revoke("L");
        node.answer(second.get());
        assertThat(get(waiting)).isEqualTo(store.holder("L"));
    }

    @Test
    void cancellingLeavesTheQueue() {
        FakeNode node = node();
        store.grantToStranger("L");
        FencedLock lock = client(node).lock("L");
        CompletableFuture<FencingToken> waiting = lock.lockAsync(LONG);
        eventually(() -> store.queued("L") == 1);
        waiting.cancel(false);
        eventually(() -> store.queued("L") == 0);
        assertThat(node.received(Opcode.CANCEL_WAIT)).hasSize(1);
        assertThat(lock.state()).isEqualTo(LockState.RELEASED);
    }

    @Test
    void aWaitThatItsCallerTimesOutLeavesTheQueue() {
        FakeNode node = node();
        store.grantToStranger("L");
        CompletableFuture<FencingToken> waiting = client(node).lock("L").lockAsync(LONG);
        eventually(() -> store.queued("L") == 1);
        waiting.orTimeout(1, TimeUnit.MILLISECONDS);
        eventually(() -> store.queued("L") == 0);
        assertThat(failure(waiting)).isInstanceOf(TimeoutException.class);
    }

    @Test
    void aTryThatNobodyWantsAnyMoreIsGivenBack() {
        FakeNode node = node();
        AtomicReference<FakeNode.Ask> acquire = new AtomicReference<>();
        node.next(Opcode.ACQUIRE, acquire::set);
        FencedLock lock = client(node).lock("L");
        CompletableFuture<Boolean> held = lock.tryLockAsync();
        eventually(() -> acquire.get() != null);
        held.cancel(false);
        node.answer(acquire.get());
        eventually(() -> node.received(Opcode.RELEASE).size() == 1);
        eventually(() -> store.holder("L").isNone());
        assertThat(lock.state()).isEqualTo(LockState.RELEASED);
        assertThat(lock.tryLock()).isTrue();
    }

    @Test
    void aGrantThatCrossesTheCancelIsGivenBack() {
        FakeNode node = node();
        store.grantToStranger("L");
        FencedLock lock = client(node).lock("L");
        CompletableFuture<FencingToken> waiting = lock.lockAsync(LONG);
        eventually(() -> store.queued("L") == 1);
        AtomicReference<FakeNode.Ask> cancel = new AtomicReference<>();
        node.next(Opcode.CANCEL_WAIT, cancel::set);
        waiting.cancel(false);
        eventually(() -> cancel.get() != null);
        store.revoke("L");
        node.answer(cancel.get());
        eventually(() -> node.received(Opcode.RELEASE).size() == 1);
        eventually(() -> store.holder("L").isNone());
        assertThat(lock.isHeld()).isFalse();
    }

    @Test
    void anInterruptedWaitLeavesTheQueue() throws Exception {
        FakeNode node = node();
        store.grantToStranger("L");
        FencedLock lock = client(node).lock("L");
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread waiter =
                new Thread(
                        () -> {
                            try {
                                lock.lock(LONG);
                                thrown.complete(new AssertionError("granted"));
                            } catch (InterruptedException e) {
                                thrown.complete(e);
                            }
                        });
        waiter.start();
        eventually(() -> store.queued("L") == 1);
        waiter.interrupt();
        assertThat(get(thrown)).isInstanceOf(InterruptedException.class);
        eventually(() -> store.queued("L") == 0);
        waiter.join(5000);
    }

    @Test
    void aWaitThatTheStoreForgetsToEndIsEndedByTheStoreAnyway() {
        FakeNode node = node();
        store.grantToStranger("L");
        KvClient client = clientByHand(node);
        CompletableFuture<FencingToken> waiting = client.lock("L").lockAsync(Duration.ofSeconds(2));
        eventually(() -> store.queued("L") == 1);
        time.advance(Duration.ofMillis(2_900));
        assertThat(node.received(Opcode.CANCEL_WAIT)).isEmpty();
        assertThat(waiting).isNotDone();
        time.advance(Duration.ofMillis(200));
        assertThat(failure(waiting)).isInstanceOf(LockBusyException.class);
        assertThat(node.received(Opcode.CANCEL_WAIT)).hasSize(1);
        assertThat(store.queued("L")).isZero();
    }

    @Test
    void anAcquireThatMayHaveBeenProposedIsNotGivenUpAtTheDeadline() {
        FakeNode node = node();
        FencedLock lock = client(time, node).lock("L");
        node.always(Opcode.ACQUIRE, ask -> ask.reply(Status.OUTCOME_UNKNOWN));
        CompletableFuture<Boolean> trying = lock.tryLockAsync();
        eventually(time, () -> node.received(Opcode.ACQUIRE).size() >= 3);
        time.advance(REQUEST_TIMEOUT);
        eventually(time, () -> node.received(Opcode.ACQUIRE).size() >= 6);
        assertThat(trying).isNotDone();
        node.behave(Opcode.ACQUIRE);
        eventually(time, trying::isDone);
        assertThat(lock.isHeld()).isTrue();
        assertThat(node.received(Request.Acquire.class).stream().map(a -> a.id().sequence()))
                .containsOnly(1L);
    }

    @Test
    void anAcquireThatWasNeverProposedIsUnavailableAtTheDeadline() {
        FakeNode node = node();
        KvClient client = client(time, node);
        node.always(Opcode.ACQUIRE, ask -> ask.reply(Status.UNAVAILABLE));
        CompletableFuture<Boolean> trying = client.lock("L").tryLockAsync();
        eventually(() -> node.received(Opcode.ACQUIRE).size() == 1);
        client.get("a"); // The refusal has been read.
        node.close();
        assertThat(failure(time, trying)).isInstanceOf(UnavailableException.class);
    }

    @Test
    void anAcquireThatIsRefusedAfterItsDeadlineIsNotTriedForEver() {
        FakeNode node = node();
        KvClient client = clientByHand(node);
        client.session().open();
        AtomicReference<FakeNode.Ask> held = new AtomicReference<>();
        node.next(Opcode.ACQUIRE, held::set);
        CompletableFuture<Boolean> trying = client.lock("L").tryLockAsync();
        eventually(() -> held.get() != null);
        for (int i = 0; i < 7; i++) {
            time.advance(Duration.ofSeconds(3));
            client.session().open();
            client.put("a", "1");
        }
        assertThat(trying).isNotDone();
        node.always(Opcode.ACQUIRE, ask -> ask.reply(Status.OVERLOADED));
        held.get().reply(Status.OVERLOADED);
        client.get("a");
        assertThat(failure(time, trying)).isInstanceOf(UnavailableException.class);
    }

    @Test
    void aWaiterThatIsToldOfTheSessionsEndEndsTheSession() {
        FakeNode node = node();
        KvClient client = client(node);
        FencedLock other = client.lock("other");
        other.tryLock();
        AtomicReference<FakeNode.Ask> queued = new AtomicReference<>();
        node.next(
                Opcode.ACQUIRE,
                ask -> {
                    queued.set(ask);
                    ask.replyMore(
                            new Reply(
                                    Opcode.ACQUIRE,
                                    Status.QUEUED,
                                    1,
                                    HybridTimestamp.ZERO,
                                    Reply.NOTHING));
                });
        CompletableFuture<FencingToken> waiting = client.lock("L").lockAsync(LONG);
        eventually(() -> queued.get() != null);
        queued.get().reply(Status.SESSION_EXPIRED, new Reply.SessionExpired(false));
        assertThat(failure(waiting)).isInstanceOf(SessionExpiredException.class);
        assertThat(other.state()).isEqualTo(LockState.LOST);
    }

    @Test
    void reenteringASuspectLockEndsWhenTheClientIsClosed() {
        FakeNode node = node();
        KvClient client = clientByHand(node);
        FencedLock lock = client.lock("L");
        lock.tryLock();
        node.always(Opcode.RENEW_SESSION, ask -> {});
        time.suspendMachineFor(Duration.ofMinutes(1));
        CompletableFuture<Boolean> again = lock.tryLockAsync();
        eventually(() -> node.received(Opcode.RENEW_SESSION).size() == 1);
        client.close();
        assertThat(failure(again)).isInstanceOf(IllegalStateException.class);
    }

    // --- the lease -----------------------------------------------------------------------------

    @Test
    void theLeaseIsRenewedEveryThirdOfTheTtl() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        lock.tryLock();
        for (int renewals = 1; renewals <= 10; renewals++) {
            int wanted = renewals;
            time.advance(TTL.dividedBy(3));
            eventually(() -> node.received(Opcode.RENEW_SESSION).size() == wanted);
            eventually(lock::isHeld);
        }
    }

    @Test
    void withoutARenewalTheLockIsLostOnePercentBeforeTheTtl() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        List<LockLost> told = new CopyOnWriteArrayList<>();
        lock.onLost(told::add);
        lock.tryLock();
        FencingToken token = lock.token();
        node.always(Opcode.RENEW_SESSION, ask -> {});
        time.advance(TTL.multipliedBy(99).dividedBy(100).minusMillis(1));
        assertThat(lock.isHeld()).isTrue();
        time.advance(Duration.ofMillis(1));
        assertThat(lock.state()).isEqualTo(LockState.LOST);
        eventually(() -> told.size() == 1);
        assertThat(told)
                .containsExactly(
                        new LockLost(new LockName("L"), token, LockLost.Cause.DEADLINE_PASSED));
    }

    @Test
    void aStoppedProcessKnowsAtItsFirstQuestionThatItLostTheLock() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        List<LockLost> told = new CopyOnWriteArrayList<>();
        lock.onLost(told::add);
        lock.tryLock();
        time.stopProcessFor(TTL);
        assertThat(lock.isHeld()).isFalse();
        assertThat(lock.state()).isEqualTo(LockState.LOST);
        eventually(() -> told.size() == 1);
        time.advance(TTL.multipliedBy(3));
        assertThat(lock.state()).isEqualTo(LockState.LOST);
        assertThat(told).hasSize(1);
        assertThat(lock.unlock()).isFalse();
    }

    @Test
    void aRenewalCountsFromItsSendingNotFromItsAnswer() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        lock.tryLock();
        AtomicReference<FakeNode.Ask> slow = new AtomicReference<>();
        node.next(Opcode.RENEW_SESSION, slow::set);
        time.advance(Duration.ofSeconds(3));
        eventually(() -> slow.get() != null);
        time.advance(Duration.ofSeconds(4));
        node.always(Opcode.RENEW_SESSION, ask -> {});
        node.answer(slow.get());
        eventually(() -> node.received(Opcode.RENEW_SESSION).size() == 2);
        time.advance(Duration.ofMillis(4_900));
        assertThat(lock.isHeld()).isTrue();
        time.advance(Duration.ofMillis(10));
        assertThat(lock.isHeld()).isFalse();
    }

    @Test
    void anAnswerAfterTheDeadlineDoesNotReviveTheLock() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        lock.tryLock();
        AtomicReference<FakeNode.Ask> slow = new AtomicReference<>();
        node.always(Opcode.RENEW_SESSION, slow::set);
        time.advance(Duration.ofSeconds(3));
        eventually(() -> slow.get() != null);
        time.stopProcessFor(Duration.ofSeconds(6));
        assertThat(lock.isHeld()).isFalse();
        node.answer(slow.get());
        assertThat(lock.isHeld()).isFalse();
        assertThat(lock.state()).isEqualTo(LockState.LOST);
    }

    @Test
    void aRepeatedOpeningCountsFromItsFirstSending() {
        FakeNode node = node();
        KvClient client = clientByHand(node);
        AtomicReference<FakeNode.Ask> first = new AtomicReference<>();
        node.next(Opcode.OPEN_SESSION, first::set);
        FencedLock lock = client.lock("L");
        CompletableFuture<Boolean> trying = lock.tryLockAsync();
        eventually(() -> first.get() != null);
        time.stopProcessFor(Duration.ofSeconds(2));
        first.get().disconnect();
        node.always(Opcode.RENEW_SESSION, ask -> {});
        eventually(
                () -> {
                    time.advance(Duration.ofMillis(10));
                    return trying.isDone();
                });
        time.stopProcessFor(Duration.ofMillis(6_910));
        assertThat(lock.isHeld()).isFalse();
    }

    // --- suspensions ---------------------------------------------------------------------------

    @Test
    void aSuspendedMachineSuspectsItsLockUntilARenewalConfirmsIt() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        lock.tryLock();
        AtomicReference<FakeNode.Ask> renewal = new AtomicReference<>();
        node.next(Opcode.RENEW_SESSION, renewal::set);
        time.suspendMachineFor(Duration.ofHours(1));
        assertThat(lock.isHeld()).isFalse();
        assertThat(lock.state()).isEqualTo(LockState.SUSPECT);
        eventually(() -> renewal.get() != null);
        assertThat(lock.state()).isEqualTo(LockState.SUSPECT);
        node.answer(renewal.get());
        eventually(lock::isHeld);
        assertThat(node.received(Opcode.RENEW_SESSION)).hasSize(1);
    }

    @Test
    void aSuspendedMachineWhoseSessionEndedLosesTheLock() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        List<LockLost> told = new CopyOnWriteArrayList<>();
        lock.onLost(told::add);
        lock.tryLock();
        store.expireSessions();
        time.suspendMachineFor(Duration.ofHours(1));
        assertThat(lock.state()).isIn(LockState.SUSPECT, LockState.LOST);
        eventually(() -> lock.state() == LockState.LOST);
        eventually(() -> told.size() == 1);
        assertThat(told.get(0).cause()).isEqualTo(LockLost.Cause.SESSION_EXPIRED);
    }

    @Test
    void aRenewalSentBeforeTheSuspensionConfirmsNothing() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        lock.tryLock();
        AtomicReference<FakeNode.Ask> before = new AtomicReference<>();
        AtomicReference<FakeNode.Ask> after = new AtomicReference<>();
        node.next(Opcode.RENEW_SESSION, before::set);
        node.next(Opcode.RENEW_SESSION, after::set);
        time.advance(Duration.ofSeconds(3));
        eventually(() -> before.get() != null);
        time.suspendMachineFor(Duration.ofMinutes(1));
        assertThat(lock.state()).isEqualTo(LockState.SUSPECT);
        node.answer(before.get());
        eventually(() -> after.get() != null);
        assertThat(lock.state()).isEqualTo(LockState.SUSPECT);
        node.answer(after.get());
        eventually(lock::isHeld);
    }

    @Test
    void aSuspensionIsNoticedWithoutBeingAskedAbout() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        lock.tryLock();
        time.suspendMachineFor(Duration.ofMinutes(1));
        time.advance(Duration.ofSeconds(1));
        eventually(() -> node.received(Opcode.RENEW_SESSION).size() == 1);
    }

    @Test
    void reenteringASuspectLockWaitsForTheConfirmation() throws Exception {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        lock.tryLock();
        AtomicReference<FakeNode.Ask> renewal = new AtomicReference<>();
        node.next(Opcode.RENEW_SESSION, renewal::set);
        time.suspendMachineFor(Duration.ofMinutes(1));
        CompletableFuture<Boolean> again = lock.tryLockAsync();
        eventually(() -> renewal.get() != null);
        assertThat(again).isNotDone();
        node.answer(renewal.get());
        assertThat(get(again)).isTrue();
    }

    // --- losing --------------------------------------------------------------------------------

    @Test
    void aRenewalThatDoesNotListTheTokenTellsOfTheRevocation() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        List<LockLost> told = new CopyOnWriteArrayList<>();
        lock.onLost(told::add);
        lock.tryLock();
        store.revoke("L");
        assertThat(lock.isHeld()).isTrue();
        time.advance(Duration.ofSeconds(3));
        eventually(() -> lock.state() == LockState.LOST);
        eventually(() -> told.size() == 1);
        assertThat(told.get(0).cause()).isEqualTo(LockLost.Cause.REVOKED);
    }

    @Test
    void aRenewalOfAnOlderRevisionSaysNothingAboutANewerGrant() {
        FakeNode node = node();
        KvClient client = clientByHand(node);
        client.session().open();
        AtomicReference<FakeNode.Ask> renewal = new AtomicReference<>();
        node.next(Opcode.RENEW_SESSION, renewal::set);
        time.advance(Duration.ofSeconds(3));
        eventually(() -> renewal.get() != null);
        FencedLock lock = client.lock("L");
        lock.tryLock();
        renewal.get().reply(Status.OK, new Reply.Renewed(List.of()));
        client.put("a", "1");
        assertThat(lock.isHeld()).isTrue();
    }

    @Test
    void aFencedWriteMarksTheLockLost() {
        FakeNode node = node();
        FencedLock lock = client(node).lock("L");
        List<LockLost> told = new CopyOnWriteArrayList<>();
        lock.onLost(told::add);
        lock.tryLock();
        lock.put("a", "mine");
        store.grantToStranger("L");
        assertThatThrownBy(() -> lock.put("a", "late")).isInstanceOf(FencedException.class);
        assertThat(lock.state()).isEqualTo(LockState.LOST);
        eventually(() -> told.size() == 1);
        assertThat(store.value("a")).isEqualTo("mine");
        assertThat(lock.unlock()).isFalse();
    }

    @Test
    void writesThroughALostLockShowTheDeadToken() {
        FakeNode node = node();
        FencedLock lock = clientByHand(node).lock("L");
        lock.tryLock();
        time.stopProcessFor(TTL);
        store.grantToStranger("L");
        assertThatThrownBy(() -> lock.put("a", "late"))
                .isInstanceOfSatisfying(
                        FencedException.class,
                        e -> assertThat(e.violations().get(0).shown()).isEqualTo(lock.token()));
    }

    @Test
    void withoutTheLockThereIsNoTokenToWriteWith() {
        FencedLock lock = client(node()).lock("L");
        assertThatThrownBy(() -> lock.put("a", "1")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void recordsBehindTheLockCarryItsToken() {
        FakeNode node = node();
        FencedLock lock = client(node).lock("L");
        lock.tryLock();
        lock.put(Key.of("a"), Value.of("1"), WriteOptions.NONE.ifAbsent());
        assertThat(lock.get("a").value()).contains(Value.of("1"));
        assertThat(lock.delete("a").changed()).isTrue();
        assertThat(node.received(Request.Put.class).get(0).fences().get(0).token())
                .isEqualTo(lock.token());
        assertThat(node.received(Request.Get.class).get(0).fences()).hasSize(1);
        assertThat(node.received(Request.Delete.class).get(0).fences()).hasSize(1);
    }

    @Test
    void aLostLockMustBeUnlockedBeforeItIsTakenAgain() {
        FakeNode node = node();
        FencedLock lock = client(node).lock("L");
        lock.tryLock();
        lock.tryLock();
        store.revoke("L");
        assertThatThrownBy(() -> lock.put("a", "late")).isInstanceOf(FencedException.class);
        assertThatThrownBy(lock::tryLock).isInstanceOf(IllegalStateException.class);
        assertThat(lock.unlock()).isFalse();
        assertThatThrownBy(lock::tryLock).isInstanceOf(IllegalStateException.class);
        assertThat(lock.unlock()).isFalse();
        assertThat(lock.tryLock()).isTrue();
        assertThat(lock.token()).isEqualTo(new FencingToken(34));
    }

    @Test
    void onLostRunsOffTheIoThreadAndMayBlock() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        FencedLock lock = client.lock("L");
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<String> ranOn = new CompletableFuture<>();
        lock.onLost(
                lost -> {
                    ranOn.complete(Thread.currentThread().getName());
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        lock.tryLock();
        store.revoke("L");
        assertThatThrownBy(() -> lock.put("a", "late")).isInstanceOf(FencedException.class);
        assertThat(get(ranOn)).startsWith("fencekv-callbacks");
        assertThat(client.get("a").record()).isEmpty();
        release.countDown();
    }

    @Test
    void aListenerAddedAfterTheLossIsToldToo() {
        FakeNode node = node();
        FencedLock lock = client(node).lock("L");
        lock.tryLock();
        List<LockLost> first = new CopyOnWriteArrayList<>();
        lock.onLost(first::add);
        store.revoke("L");
        assertThatThrownBy(() -> lock.put("a", "late")).isInstanceOf(FencedException.class);
        eventually(() -> first.size() == 1);
        List<LockLost> late = new CopyOnWriteArrayList<>();
        lock.onLost(late::add);
        eventually(() -> late.size() == 1);
        assertThat(first).hasSize(1);
    }

    @Test
    void aCleanCloseIsNoLoss() {
        FakeNode node = node();
        KvClient client = client(node);
        FencedLock lock = client.lock("L");
        List<LockLost> told = new CopyOnWriteArrayList<>();
        lock.onLost(told::add);
        lock.tryLock();
        client.close();
        assertThat(lock.state()).isEqualTo(LockState.RELEASED);
        assertThat(lock.unlock()).isFalse();
        assertThat(told).isEmpty();
        assertThat(store.holder("L").isNone()).isTrue();
    }
}
