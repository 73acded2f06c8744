package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.replication.RecordedCompletion.Fate;
import java.util.List;
import org.junit.jupiter.api.Test;

class TickerTest {
    private final ManualTime time = new ManualTime();
    private final FakeLog log = new FakeLog();
    private boolean waitsForTime;
    private final Ticker ticker = new Ticker(() -> waitsForTime);
    private final Combiner combiner =
            new Combiner(
                    log,
                    ticker,
                    new PhysicalClock(time, time),
                    time,
                    () -> Combiner.ENTRIES_IN_FLIGHT_MAX,
                    () -> "");

    private Command.Tick tick(int entry) {
        return (Command.Tick) log.commands(entry).get(0);
    }

    private RecordedCompletion renew(long session) {
        RecordedCompletion completion = new RecordedCompletion();
        ticker.renew(combiner.term(), new SessionId(session), completion);
        return completion;
    }

    private void pass(long ms) {
        time.passMs(ms);
        combiner.drain();
    }

    @Test
    void nobodyTicksWhileNothingWaitsForTime() {
        combiner.lead(3, HybridTimestamp.ZERO);
        pass(1000);
        assertThat(log.size()).isZero();
    }

    @Test
    void theFirstTickOfALeadershipClaimsNoTime() {
        waitsForTime = true;
        combiner.lead(3, HybridTimestamp.ZERO);
        assertThat(tick(0).elapsedMs()).isZero();
        log.apply(0);
        pass(150);
        assertThat(tick(1).elapsedMs()).isEqualTo(150);
        combiner.stopLeading();
        pass(5000);
        combiner.lead(5, HybridTimestamp.ZERO);
        assertThat(tick(2).elapsedMs()).isZero();
        assertThat(log.entry(2).expectedTerm()).isEqualTo(5);
    }

    @Test
    void atMostOneTickIsInFlightAndTimeIsNotLost() {
        waitsForTime = true;
        combiner.lead(3, HybridTimestamp.ZERO);
        pass(100);
        pass(100);
        assertThat(log.size()).isEqualTo(1);
        log.apply(0);
        assertThat(tick(1).elapsedMs()).isEqualTo(200);
    }

    @Test
    void aTickThatHangsInTheEngineIsInFlightAlsoWhenItsRenewalsWereAnswered() {
        combiner.lead(3, HybridTimestamp.ZERO);
        RecordedCompletion renewal = renew(7);
        pass(100);
        time.passMs(UnsettledEntries.WAIT_MS_MAX);
        combiner.expire();
        assertThat(renewal.now()).isEqualTo(Fate.UNKNOWN);
        waitsForTime = true;
        pass(1000);
        assertThat(log.size()).isEqualTo(1);
        log.apply(0);
        assertThat(log.size()).isEqualTo(2);
    }

    @Test
    void aTickThatTheEngineLostIsInFlightUntilItIsMet() {
        waitsForTime = true;
        combiner.lead(3, HybridTimestamp.ZERO);
        SealedEntry lost = log.entry(0);
        lost.lost();
        pass(1000);
        assertThat(log.size()).isEqualTo(1);
        combiner.unsettled().met(3, lost.content(), FakeLog.outcomes(lost));
        pass(100);
        assertThat(tick(1).elapsedMs()).isEqualTo(1100);
    }

    @Test
    void aTickThatTheEngineLostDoesNotStopLeaseTimeForGood() {
        waitsForTime = true;
        combiner.lead(3, HybridTimestamp.ZERO);
        log.entry(0).lost();
        time.passMs(UnsettledEntries.WAIT_MS_MAX - 1);
        combiner.expire();
        assertThat(log.size()).isEqualTo(1);
        time.passMs(1);
        combiner.expire();
        assertThat(log.size()).isEqualTo(2);
    }

    @Test
    void aTickThatHungAndWasThenLostDoesNotStopLeaseTimeForGood() {
        waitsForTime = true;
        combiner.lead(3, HybridTimestamp.ZERO);
        time.passMs(UnsettledEntries.WAIT_MS_MAX);
        combiner.expire();
        assertThat(log.size()).isEqualTo(1);
        log.entry(0).lost();
        assertThat(log.size()).isEqualTo(2);
    }

    @Test
    void aTermThatBeginsAgainWaitsForTheTickItHasInTheEngine() {
        waitsForTime = true;
        combiner.lead(3, HybridTimestamp.ZERO);
        combiner.stopLeading();
        combiner.lead(3, HybridTimestamp.ZERO);
        pass(1000);
        assertThat(log.size()).isEqualTo(1);
        log.apply(0);
        assertThat(tick(1).elapsedMs()).isZero();
    }

    @Test
    void aNewTermDoesNotWaitForTheTickOfAnother() {
        waitsForTime = true;
        combiner.lead(3, HybridTimestamp.ZERO);
        combiner.stopLeading();
        combiner.lead(4, HybridTimestamp.ZERO);
        assertThat(log.size()).isEqualTo(2);
    }

    @Test
    void aTickRidesOnAnEntryThatGoesOut() {
        waitsForTime = true;
        combiner.lead(3, HybridTimestamp.ZERO);
        log.apply(0);
        time.passMs(95);
        combiner.submit(
                new Proposal(
                        new Command.Put(
                                RequestId.NONE,
                                List.of(),
                                Key.of("k"),
                                Value.EMPTY,
                                Command.ANY_REVISION,
                                false),
                        HybridTimestamp.ZERO,
                        new RecordedCompletion()));
        assertThat(log.commands(1)).hasSize(2);
        assertThat(tick(1).elapsedMs()).isEqualTo(95);
    }

    @Test
    void fractionsOfAMillisecondAddUp() {
        waitsForTime = true;
        combiner.lead(3, HybridTimestamp.ZERO);
        log.apply(0);
        long sum = 0;
        for (int i = 0; i < 10; i++) {
            pass(100);
            sum += tick(log.size() - 1).elapsedMs();
            log.apply(log.size() - 1);
        }
        assertThat(sum).isEqualTo(1000);
    }

    @Test
    void aRenewalIsAcknowledgedOnceItsTickIsApplied() {
        combiner.lead(3, HybridTimestamp.ZERO);
        RecordedCompletion renewal = renew(7);
        pass(100);
        assertThat(tick(0).renewals()).containsExactly(new SessionId(7));
        assertThat(renewal.now()).isNull();
        log.apply(0);
        assertThat(renewal.now()).isEqualTo(Fate.APPLIED);
    }

    @Test
    void renewalsThatNoTickTookAreRefusedWhenLeadershipEnds() {
        waitsForTime = true;
        combiner.lead(3, HybridTimestamp.ZERO);
        RecordedCompletion waiting = renew(7);
        combiner.stopLeading();
        assertThat(waiting.await().refusal().status()).isEqualTo(Status.NOT_LEADER);
        combiner.lead(5, HybridTimestamp.ZERO);
        pass(1000);
        assertThat(log.size()).isEqualTo(2);
        assertThat(tick(1).renewals()).isEmpty();
    }

    @Test
    void renewalsOfALostTickAreNotAcknowledgedAndDoNotWaitForTheTruth() {
        combiner.lead(3, HybridTimestamp.ZERO);
        RecordedCompletion renewal = renew(7);
        pass(100);
        assertThat(renewal.now()).isNull();
        combiner.stopLeading();
        assertThat(renewal.now()).isEqualTo(Fate.UNKNOWN);
        log.entry(0).lost();
    }

    @Test
    void noTickCarriesMoreRenewalsThanItMay() {
        combiner.lead(3, HybridTimestamp.ZERO);
        for (int i = 1; i <= Limits.RENEWALS_PER_TICK_MAX + 1; i++) {
            renew(i);
        }
        pass(100);
        assertThat(tick(0).renewals()).hasSize(Limits.RENEWALS_PER_TICK_MAX);
        log.apply(0);
        pass(100);
        assertThat(tick(1).renewals()).hasSize(1);
    }

    @Test
    void pendingRenewalsAreBounded() {
        combiner.lead(3, HybridTimestamp.ZERO);
        for (int i = 1; i <= Ticker.RENEWALS_PENDING_MAX; i++) {
            renew(i);
        }
        assertThat(renew(1).await().refusal().status()).isEqualTo(Status.OVERLOADED);
    }
}
