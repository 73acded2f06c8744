package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntryCodec;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.replication.RecordedCompletion.Fate;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class CombinerTest {
    private static final HybridTimestamp ZERO = HybridTimestamp.ZERO;

    private final ManualTime time = new ManualTime();
    private final FakeLog log = new FakeLog();
    private int entriesInFlightMax = Combiner.ENTRIES_IN_FLIGHT_MAX;
    private final Combiner combiner = combiner(log);

    private Combiner combiner(EntryLog to) {
        return new Combiner(
                to,
                new NoTicks(),
                new PhysicalClock(time, time),
                time,
                () -> entriesInFlightMax,
                () -> "leader:7400");
    }

    private static final class NoTicks implements TickSource {
        @Override
        public @Nullable Proposal takeDue(Term term, long nowNanos) {
            return null;
        }

        @Override
        public void sealed(SealedEntry entry) {}

        @Override
        public void refuseOthers(@Nullable Term current, Supplier<Refusal> refusal) {}
    }

    private static Command put(String key, int valueBytes) {
        return new Command.Put(
                RequestId.NONE,
                List.of(),
                Key.of(key),
                Value.copyOf(new byte[valueBytes]),
                Command.ANY_REVISION,
                false);
    }

    private RecordedCompletion submit(String key) {
        return submit(put(key, 8), ZERO);
    }

    private RecordedCompletion submit(Command command, HybridTimestamp seen) {
        RecordedCompletion completion = new RecordedCompletion();
        combiner.submit(new Proposal(command, seen, completion));
        return completion;
    }

    /** As over a slow network: so long after the last that it does not wait for it. */
    private RecordedCompletion submitAlone(String key) {
        time.passMs(5);
        return submit(key);
    }

    @Test
    void theFirstCommandGoesOutAtOnceAndTheOthersTogether() {
        combiner.lead(3, ZERO);
        submit("alone");
        for (int i = 0; i < 10; i++) {
            submit("k" + i);
        }
        assertThat(log.size()).isEqualTo(1);
        log.apply(0);
        assertThat(log.size()).isEqualTo(2);
        assertThat(log.commands(1)).hasSize(10);
    }

    @Test
    void aFullEntryDoesNotWaitForTheOneBeforeIt() {
        combiner.lead(3, ZERO);
        submit("alone");
        for (int i = 0; i < Limits.COMMANDS_PER_ENTRY_MAX; i++) {
            assertThat(log.size()).isEqualTo(1);
            submit("k" + i);
        }
        assertThat(log.size()).isEqualTo(2);
        submit(put("large", Limits.ENTRY_BYTES_TARGET), ZERO);
        assertThat(log.size()).isEqualTo(3);
    }

    @Test
    void theResultsOfOneEntryAreBounded() {
        combiner.lead(3, ZERO);
        submit("alone");
        Transaction reads =
                new Transaction(List.of(), List.of(new Operation.Get(Key.of("k"))), List.of());
        int most = (int) TransactionBudget.RESULT_BYTES_MAX / Limits.VALUE_BYTES_MAX;
        for (int i = 0; i < most + 1; i++) {
            submit(new Command.Transact(RequestId.NONE, List.of(), reads), ZERO);
        }
        log.apply(0);
        assertThat(log.commands(1)).hasSize(most);
    }

    @Test
    void whatOneEntryCanDeleteIsBounded() {
        combiner.lead(3, ZERO);
        submit("alone");
        Command large = transact(Operation.deleteRange(KeyRange.ALL));
        submit(large, ZERO);
        submit("k1");
        submit(large, ZERO);
        submit("k2");
        log.apply(0);
        assertThat(log.commands(1)).hasSize(2);
        log.apply(1);
        assertThat(log.commands(2)).hasSize(2);
    }

    @Test
    void smallTransactionsShareEntries() {
        combiner.lead(3, ZERO);
        submit("alone");
        for (int i = 0; i < 200; i++) {
            submit(transact(Operation.put(Key.of("k"), Value.of("v"))), ZERO);
        }
        log.apply(0);
        assertThat(log.commands(1)).hasSize(200);
    }

    private static Command transact(Operation operation) {
        return new Command.Transact(
                RequestId.NONE,
                List.of(),
                new Transaction(List.of(), List.of(operation), List.of()));
    }

    @Test
    void anEntryThatTakesLongDoesNotHoldUpTheNext() {
        combiner.lead(3, ZERO);
        submit("slow");
        time.passMs(4);
        submit("gathered");
        assertThat(log.size()).isEqualTo(1);
        time.passMs(1);
        submit("goes out with it");
        assertThat(log.size()).isEqualTo(2);
        assertThat(log.commands(1)).hasSize(2);
    }

    @Test
    void noMoreEntriesAreInFlightThanMayBe() {
        combiner.lead(3, ZERO);
        for (int i = 0; i < 4; i++) {
            submitAlone("alone" + i);
        }
        time.passMs(5);
        for (int i = 0; i < 10; i++) {
            submit("k" + i);
        }
        assertThat(log.size()).isEqualTo(4);
        log.apply(0);
        assertThat(log.size()).isEqualTo(5);
        assertThat(log.commands(4)).hasSize(10);
        assertThat(log.entry(4).expectedTerm()).isEqualTo(3);
        assertThat(LogEntryCodec.decode(ByteBuffer.wrap(log.entry(4).bytes())))
                .isEqualTo(log.entry(4).content());
    }

    @Test
    void aSnapshotShortOfMemorySlowsProposals() {
        combiner.lead(3, ZERO);
        entriesInFlightMax = 1;
        submitAlone("a");
        submitAlone("b");
        assertThat(log.size()).isEqualTo(1);
        log.apply(0);
        assertThat(log.size()).isEqualTo(2);
    }

    @Test
    void anEntryHoldsNoMoreCommandsAndBytesThanItMay() {
        combiner.lead(3, ZERO);
        for (int i = 0; i < 4; i++) {
            submitAlone("alone" + i);
        }
        for (int i = 0; i < Limits.COMMANDS_PER_ENTRY_MAX + 1; i++) {
            submit("k" + i);
        }
        log.apply(0);
        assertThat(log.commands(4)).hasSize(Limits.COMMANDS_PER_ENTRY_MAX);
        time.passMs(5);
        log.apply(1);
        assertThat(log.commands(5)).hasSize(1);
        for (int i = 0; i < 3; i++) {
            submit(put("large" + i, 100 * 1024), ZERO);
        }
        log.apply(2);
        assertThat(log.commands(6)).hasSize(2);
        assertThat(log.entry(6).bytes().length).isLessThanOrEqualTo(Limits.ENTRY_BYTES_TARGET);
        time.passMs(5);
        log.apply(3);
        assertThat(log.commands(7)).hasSize(1);
    }

    @Test
    void aCommandLargerThanTheTargetGoesAlone() {
        combiner.lead(3, ZERO);
        RecordedCompletion put = submit(put("huge", Limits.VALUE_BYTES_MAX), ZERO);
        assertThat(log.commands(0)).hasSize(1);
        log.apply(0);
        assertThat(put.now()).isEqualTo(Fate.APPLIED);
    }

    @Test
    void stampsGrowAndAreAboveWhatClientsHaveSeen() {
        HybridTimestamp applied = HybridTimestamp.ofMillis(ManualTime.START_MS + 60_000);
        combiner.lead(3, applied);
        submit("a");
        assertThat(log.entry(0).content().proposed().isAfter(applied)).isTrue();
        HybridTimestamp seen = HybridTimestamp.ofMillis(ManualTime.START_MS + 60_100);
        log.apply(0);
        submit(put("b", 1), seen);
        assertThat(log.entry(1).content().proposed().isAfter(seen)).isTrue();
        log.apply(1);
        time.jumpMs(-10_000);
        submit("c");
        assertThat(log.entry(2).content().proposed().isAfter(log.entry(1).content().proposed()))
                .isTrue();
        time.passMs(120_000);
        submit("d");
        assertThat(log.entry(3).content().proposed().millis())
                .isBetween(ManualTime.START_MS + 119_000, ManualTime.START_MS + 121_000);
    }

    @Test
    void theStampsOfAnEntrysCommandsLieBelowTheNextEntrys() {
        combiner.lead(3, ZERO);
        entriesInFlightMax = 1;
        submit("first");
        for (int i = 0; i < 100; i++) {
            submit("k" + i);
        }
        log.apply(0);
        submit("last");
        log.apply(1);
        assertThat(log.entry(2).content().proposed().packed())
                .isGreaterThan(log.entry(1).content().proposed().packed() + 99);
    }

    @Test
    void whoDoesNotLeadRefusesAtOnceAndNamesTheLeader() {
        RecordedCompletion put = submit("a");
        assertThat(put.now()).isEqualTo(Fate.REFUSED);
        assertThat(put.await().refusal().status()).isEqualTo(Status.NOT_LEADER);
        assertThat(put.await().refusal().leader()).isEqualTo("leader:7400");
        assertThat(log.size()).isZero();
    }

    @Test
    void whatIsQueuedWhenLeadershipEndsIsRefusedAndNeverAppended() {
        combiner.lead(3, ZERO);
        for (int i = 0; i < 4; i++) {
            submitAlone("engine" + i);
        }
        RecordedCompletion queued = submit("queued");
        combiner.stopLeading();
        assertThat(queued.now()).isEqualTo(Fate.REFUSED);
        combiner.lead(5, ZERO);
        for (int i = 0; i < 4; i++) {
            log.entry(i).lost();
        }
        assertThat(log.size()).isEqualTo(4);
        assertThat(combiner.queuedCommands()).isZero();
    }

    @Test
    void theEndOfALeadershipAnswersNothingThatIsInTheEngine() {
        combiner.lead(3, ZERO);
        RecordedCompletion put = submit("a");
        combiner.stopLeading();
        assertThat(put.now()).isNull();
        // A hand-over begins like this, and what was appended before it commits.
        log.apply(0);
        assertThat(put.now()).isEqualTo(Fate.APPLIED);
    }

    @Test
    void whatTheEngineNeverAppendedIsRefused() {
        combiner.lead(3, ZERO);
        RecordedCompletion put = submit("a");
        log.entry(0).notAppended(Refusal.overloaded("busy"));
        assertThat(put.now()).isEqualTo(Fate.REFUSED);
        log.entry(0).lost();
        assertThat(put.calls).hasValue(1);
    }

    @Test
    void whatTheEngineLostIsUnknownAtItsDeadlineAndNotBefore() {
        combiner.lead(3, ZERO);
        RecordedCompletion put = submit("a");
        log.entry(0).lost();
        time.passMs(UnsettledEntries.WAIT_MS_MAX - 1);
        combiner.expire();
        assertThat(put.now()).isNull();
        time.passMs(1);
        combiner.expire();
        assertThat(put.now()).isEqualTo(Fate.UNKNOWN);
        assertThat(combiner.unsettled().isEmpty()).isTrue();
    }

    @Test
    void whatTheEngineForgotIsUnknownAtItsDeadline() {
        combiner.lead(3, ZERO);
        RecordedCompletion put = submit("a");
        time.passMs(UnsettledEntries.WAIT_MS_MAX);
        combiner.expire();
        assertThat(put.now()).isEqualTo(Fate.UNKNOWN);
        log.apply(0);
        assertThat(put.calls).hasValue(1);
    }

    @Test
    void whatTheEngineLostButApplyMeetsIsAnsweredTruly() {
        combiner.lead(3, ZERO);
        RecordedCompletion first = submit("a");
        RecordedCompletion second = submit("b");
        log.entry(0).lost();
        log.entry(1).lost();
        combiner.stopLeading();
        SealedEntry met = log.entry(1);
        combiner.unsettled().met(3, met.content(), FakeLog.outcomes(met));
        assertThat(second.now()).isEqualTo(Fate.APPLIED);
        assertThat(first.now()).isNull();
    }

    @Test
    void anEntryOfAnotherTermWithTheSameStampIsNotOurs() {
        combiner.lead(3, ZERO);
        RecordedCompletion put = submit("a");
        log.entry(0).lost();
        combiner.unsettled().met(4, log.entry(0).content(), FakeLog.outcomes(log.entry(0)));
        assertThat(put.now()).isNull();
    }

    @Test
    void applyMeetsItEvenBeforeTheEngineHasSaidThatItLostIt() {
        combiner.lead(3, ZERO);
        RecordedCompletion put = submit("a");
        combiner.stopLeading();
        combiner.unsettled().met(3, log.entry(0).content(), FakeLog.outcomes(log.entry(0)));
        assertThat(put.now()).isEqualTo(Fate.APPLIED);
        log.entry(0).lost();
        assertThat(put.calls).hasValue(1);
    }

    @Test
    void whatTheLogWentPastWillNeverApply() {
        combiner.lead(3, ZERO);
        RecordedCompletion put = submit("a");
        combiner.stopLeading();
        combiner.unsettled().passed(3, Refusal.notLeader("x"));
        assertThat(put.now()).isNull();
        combiner.unsettled().passed(4, Refusal.notLeader("x"));
        assertThat(put.now()).isEqualTo(Fate.REFUSED);
    }

    @Test
    void whatASnapshotMayHaveJumpedOverIsUnknown() {
        combiner.lead(3, ZERO);
        RecordedCompletion put = submit("a");
        combiner.stopLeading();
        combiner.unsettled().stateReplaced();
        assertThat(put.now()).isEqualTo(Fate.UNKNOWN);
    }

    @Test
    void aLeadershipThatResumesInItsTermUsesNoStampTwice() {
        combiner.lead(3, HybridTimestamp.ofMillis(ManualTime.START_MS + 400));
        submit("a");
        HybridTimestamp first = log.entry(0).content().proposed();
        combiner.stopLeading();
        combiner.lead(3, HybridTimestamp.ofMillis(ManualTime.START_MS + 400));
        submit("b");
        assertThat(log.entry(1).content().proposed().isAfter(first)).isTrue();
    }

    @Test
    void slotsOfAnOldLeadershipDoNotBlockTheNext() {
        combiner.lead(3, ZERO);
        for (int i = 0; i < 4; i++) {
            submitAlone("old" + i);
        }
        combiner.stopLeading();
        combiner.lead(5, ZERO);
        submit("new");
        assertThat(log.size()).isEqualTo(5);
        assertThat(log.entry(4).expectedTerm()).isEqualTo(5);
    }

    @Test
    void theQueueIsBoundedInCommands() {
        combiner.lead(3, ZERO);
        entriesInFlightMax = 0;
        for (int i = 0; i < Combiner.QUEUED_COMMANDS_MAX; i++) {
            submit("k");
        }
        RecordedCompletion tooMany = submit("k");
        assertThat(tooMany.await().refusal().status()).isEqualTo(Status.OVERLOADED);
        entriesInFlightMax = 4;
        combiner.drain();
        assertThat(submit("k").now()).isNull();
    }

    @Test
    void aFullQueueStillTakesWhatGivesBack() {
        combiner.lead(3, ZERO);
        entriesInFlightMax = 0;
        for (int i = 0; i < Combiner.QUEUED_COMMANDS_MAX; i++) {
            submit("k");
        }
        RequestId id = new RequestId(new SessionId(7), 1, 1);
        LockName lock = new LockName("L");
        for (Command command :
                List.of(
                        new Command.Release(id, lock, new FencingToken(33)),
                        new Command.CancelWait(id, lock, 1),
                        new Command.CloseSession(id))) {
            assertThat(submit(command, ZERO).now()).isNull();
        }
        assertThat(submit("k").await().refusal().status()).isEqualTo(Status.OVERLOADED);
        for (int i = 3; i < Combiner.QUEUED_RESERVED; i++) {
            submit(new Command.CloseSession(id), ZERO);
        }
        RecordedCompletion tooMany = submit(new Command.CloseSession(id), ZERO);
        assertThat(tooMany.await().refusal().status()).isEqualTo(Status.OVERLOADED);
    }

    @Test
    void theQueueIsBoundedInBytes() {
        combiner.lead(3, ZERO);
        entriesInFlightMax = 0;
        Command large = put("k", Limits.VALUE_BYTES_MAX);
        long fit = Combiner.QUEUED_BYTES_MAX / Limits.VALUE_BYTES_MAX;
        for (int i = 0; i < fit - 1; i++) {
            assertThat(submit(large, ZERO).now()).isNull();
        }
        assertThat(submit(large, ZERO).await().refusal().status()).isEqualTo(Status.OVERLOADED);
        RequestId id = new RequestId(new SessionId(7), 1, 1);
        for (int i = 0; i < 2 * Limits.VALUE_BYTES_MAX / 256; i++) {
            assertThat(submit(new Command.CloseSession(id), ZERO).now())
                    .as("what gives back is not held up by bytes")
                    .isNull();
        }
    }

    @Test
    void whatWaitsTooLongInTheQueueIsRefused() {
        combiner.lead(3, ZERO);
        entriesInFlightMax = 0;
        RecordedCompletion put = submit("a");
        time.passMs(UnsettledEntries.WAIT_MS_MAX);
        combiner.expire();
        assertThat(put.await().refusal().status()).isEqualTo(Status.UNAVAILABLE);
    }

    @Test
    void aCompletionThatThrowsHarmsNobodyElse() {
        combiner.lead(3, ZERO);
        combiner.submit(
                new Proposal(
                        put("a", 1),
                        ZERO,
                        new Completion() {
                            @Override
                            public void applied(Outcome outcome) {
                                throw new IllegalStateException("on purpose");
                            }

                            @Override
                            public void refused(Refusal refusal) {}

                            @Override
                            public void unknown() {}
                        }));
        log.apply(0);
        RecordedCompletion next = submit("b");
        log.apply(1);
        assertThat(next.now()).isEqualTo(Fate.APPLIED);
    }

    /** Several threads submit while leadership comes and goes and the engine does what it may. */
    @RepeatedTest(20)
    void everyProposalIsAnsweredOnceAndTruly() throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        int threads = 4;
        int perThread = 2_000;
        ChaosEngine engine = new ChaosEngine(new Random(seed));
        Combiner chaos = combiner(engine);
        engine.combiner = chaos;
        Map<String, RecordedCompletion> all = new HashMap<>();
        List<Thread> submitters = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            List<Proposal> mine = new ArrayList<>();
            for (int i = 0; i < perThread; i++) {
                String key = t + "-" + i;
                RecordedCompletion completion = new RecordedCompletion();
                all.put(key, completion);
                mine.add(new Proposal(put(key, 4), ZERO, completion));
            }
            submitters.add(new Thread(() -> mine.forEach(chaos::submit)));
        }
        chaos.lead(1, ZERO);
        submitters.forEach(Thread::start);
        while (submitters.stream().anyMatch(Thread::isAlive) || engine.hasWork()) {
            engine.step();
        }
        for (Thread submitter : submitters) {
            submitter.join();
        }
        engine.finish();
        time.passMs(UnsettledEntries.WAIT_MS_MAX);
        chaos.stopLeading();
        chaos.expire();
        for (Map.Entry<String, RecordedCompletion> one : all.entrySet()) {
            int timesApplied = engine.applied.getOrDefault(one.getKey(), 0);
            assertThat(one.getValue().calls).as("answers, seed " + seed).hasValue(1);
            assertThat(timesApplied).as("applied, seed " + seed).isLessThanOrEqualTo(1);
            Fate fate = one.getValue().now();
            if (timesApplied == 1) {
                assertThat(fate).as("seed " + seed).isNotEqualTo(Fate.REFUSED);
            } else {
                assertThat(fate).as("seed " + seed).isNotEqualTo(Fate.APPLIED);
            }
        }
    }

    /**
     * Keeps a log and a term; the test's thread is its apply thread. Each step commits, refuses or
     * loses an entry, or changes the leader; what was lost may still commit before the next term.
     */
    private static final class ChaosEngine implements EntryLog {
        private final Random random;
        private final List<SealedEntry> pending = new ArrayList<>();
        private final Map<String, Integer> applied = new HashMap<>();
        private Combiner combiner;
        private long term = 1;

        ChaosEngine(Random random) {
            this.random = random;
        }

        @Override
        public void append(SealedEntry entry) {
            boolean taken;
            synchronized (this) {
                taken = entry.expectedTerm() == term;
                if (taken) {
                    pending.add(entry);
                }
            }
            if (!taken) {
                entry.lost();
            }
        }

        synchronized boolean hasWork() {
            return !pending.isEmpty();
        }

        private synchronized @Nullable SealedEntry take() {
            return pending.isEmpty() ? null : pending.remove(0);
        }

        void step() {
            int dice = random.nextInt(100);
            if (dice < 3) {
                changeLeader(random.nextBoolean());
                return;
            }
            SealedEntry entry = take();
            if (entry == null) {
                return;
            }
            if (dice < 6) {
                entry.notAppended(Refusal.overloaded("busy"));
            } else if (dice < 9) {
                entry.lost();
                if (random.nextBoolean()) {
                    commit(entry);
                    combiner.unsettled()
                            .met(entry.expectedTerm(), entry.content(), FakeLog.outcomes(entry));
                }
            } else {
                commit(entry);
                entry.applied(FakeLog.outcomes(entry));
            }
        }

        /** Some of what is pending commits in the next term, the rest never. */
        private void changeLeader(boolean keepSome) {
            List<SealedEntry> left;
            synchronized (this) {
                left = new ArrayList<>(pending);
                pending.clear();
                term++;
            }
            combiner.stopLeading();
            int kept = keepSome ? random.nextInt(left.size() + 1) : 0;
            for (int i = 0; i < left.size(); i++) {
                SealedEntry entry = left.get(i);
                if (random.nextBoolean()) {
                    entry.lost();
                }
                if (i < kept) {
                    commit(entry);
                    combiner.unsettled()
                            .met(entry.expectedTerm(), entry.content(), FakeLog.outcomes(entry));
                }
                if (random.nextBoolean()) {
                    entry.lost();
                }
            }
            if (random.nextInt(4) == 0) {
                combiner.unsettled().stateReplaced();
            } else if (random.nextBoolean()) {
                combiner.unsettled().passed(term, Refusal.notLeader(""));
            }
            combiner.lead(term, HybridTimestamp.ZERO);
        }

        private void commit(SealedEntry entry) {
            for (Command command : entry.content().commands()) {
                applied.merge(((Command.Put) command).key().toString(), 1, Integer::sum);
            }
        }

        void finish() {
            for (SealedEntry entry = take(); entry != null; entry = take()) {
                commit(entry);
                entry.applied(FakeLog.outcomes(entry));
            }
        }
    }
}
