package dev.fencekv.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** A stall is charged to all that it delayed. */
class OpenLoopTest {
    private static final long MS = 1_000_000;

    private final FakePacer pacer = new FakePacer();

    @Test
    void everySlotIsStartedHoweverLateTheGeneratorIs() {
        List<Long> due = new ArrayList<>();
        new OpenLoop(0, 1_000 * MS, 1_000)
                .run(
                        pacer,
                        0,
                        1,
                        (index, dueNanos) -> {
                            due.add(dueNanos);
                            if (index == 100) {
                                pacer.pass(500 * MS);
                            }
                        });
        assertThat(due).hasSize(1_000);
        for (int i = 0; i < due.size(); i++) {
            assertThat(due.get(i)).isEqualTo(i * MS);
        }
    }

    @Test
    void nothingIsStartedBeforeItIsDue() {
        new OpenLoop(7, 1_000 * MS, 333)
                .run(
                        pacer,
                        0,
                        1,
                        (index, dueNanos) ->
                                assertThat(pacer.nanos()).isGreaterThanOrEqualTo(dueNanos));
    }

    @Test
    void threadsShareTheSlots() {
        OpenLoop schedule = new OpenLoop(0, 10 * MS, 1_000);
        List<Long> indexes = new ArrayList<>();
        for (int thread = 0; thread < 3; thread++) {
            schedule.run(new FakePacer(), thread, 3, (index, due) -> indexes.add(index));
        }
        assertThat(indexes).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    }

    @Test
    void theScheduleDoesNotDriftOverDays() {
        OpenLoop schedule = new OpenLoop(0, Long.MAX_VALUE, 7);
        assertThat(schedule.dueNanos(7L * 86_400 * 30)).isEqualTo(86_400L * 30 * 1_000 * MS);
    }

    /** The target answers at once, but its hundredth answer takes 100 ms; 1000 a second. */
    @Test
    void aStallIsChargedToEveryOperationItDelayed() {
        FakeTarget target =
                new FakeTarget() {
                    @Override
                    void answer(int number, Completion completion) {
                        pacer.pass(number == 100 ? 100 * MS : 0);
                        completion.completed(null);
                    }
                };
        Histogram latencies = offer(target, 1_000);

        assertThat(latencies.getTotalCount()).isEqualTo(1_000);
        assertThat(latencies.getMaxValue()).isBetween(100 * MS, 101 * MS);
        // Slot 100 took 100 ms, slot 101 was late by 99 ms, slot 102 by 98: a tenth of all.
        long over50Ms = latencies.getCountBetweenValues(50 * MS, 101 * MS);
        assertThat(over50Ms).isBetween(50L, 52L);
        assertThat(latencies.getValueAtPercentile(95)).isGreaterThan(45 * MS);
        assertThat(latencies.getValueAtPercentile(89)).isLessThan(MS);
    }

    @Test
    void whatNeverEndsIsChargedWithItsAge() {
        FakeTarget target =
                new FakeTarget() {
                    @Override
                    void answer(int number, Completion completion) {
                        if (number % 2 == 0) {
                            completion.completed(null);
                        }
                    }
                };
        Latencies latencies = new Latencies(List.of(Operation.PUT));
        Issuer issuer = new Issuer(target, spec(), pacer, latencies);
        issuer.measure(0, 1_000 * MS);
        new OpenLoop(0, 1_000 * MS, 10)
                .run(pacer, 0, 1, (index, due) -> issuer.issue(0, due, () -> {}));
        pacer.until(5_000 * MS);

        assertThat(issuer.giveUp()).isEqualTo(5);
        latencies.endInterval(0, 0);
        Histogram total = latencies.total(Operation.PUT);
        assertThat(total.getTotalCount()).isEqualTo(10);
        assertThat(total.getMaxValue()).isBetween(4_890 * MS, 4_910 * MS);
    }

    @Test
    void failuresAreCountedByTheirNameAndAreNoLatencies() {
        FakeTarget target =
                new FakeTarget() {
                    @Override
                    void answer(int number, Completion completion) {
                        completion.completed(
                                number < 3 ? new IllegalStateException("FENCED") : null);
                    }
                };
        Latencies latencies = new Latencies(List.of(Operation.PUT));
        Issuer issuer = new Issuer(target, spec(), pacer, latencies);
        issuer.measure(0, 1_000 * MS);
        for (int i = 0; i < 10; i++) {
            issuer.issue(0, i, () -> {});
        }
        latencies.endInterval(0, 0);
        assertThat(issuer.failures()).containsExactly(java.util.Map.entry("FENCED", 3L));
        assertThat(latencies.total(Operation.PUT).getTotalCount()).isEqualTo(7);
        assertThat(issuer.completed()).isEqualTo(7);
    }

    @Test
    void whatIsDueOutsideTheWindowIsNotMeasured() {
        FakeTarget target =
                new FakeTarget() {
                    @Override
                    void answer(int number, Completion completion) {
                        completion.completed(null);
                    }
                };
        Latencies latencies = new Latencies(List.of(Operation.PUT));
        Issuer issuer = new Issuer(target, spec(), pacer, latencies);
        issuer.measure(100 * MS, 200 * MS);
        new OpenLoop(0, 300 * MS, 1_000)
                .run(pacer, 0, 1, (index, due) -> issuer.issue(0, due, () -> {}));
        latencies.endInterval(0, 0);
        assertThat(latencies.total(Operation.PUT).getTotalCount()).isEqualTo(100);
    }

    private Histogram offer(FakeTarget target, int rate) {
        Latencies latencies = new Latencies(List.of(Operation.PUT));
        Issuer issuer = new Issuer(target, spec(), pacer, latencies);
        issuer.measure(0, 1_000 * MS);
        new OpenLoop(0, 1_000 * MS, rate)
                .run(pacer, 0, 1, (index, due) -> issuer.issue(0, due, () -> {}));
        latencies.endInterval(0, 0);
        return latencies.total(Operation.PUT);
    }

    static LoadSpec spec() {
        return new LoadSpec(
                Workload.PUT,
                100,
                Distribution.UNIFORM,
                16,
                8,
                1,
                0,
                1_000,
                Duration.ZERO,
                Duration.ofSeconds(1),
                1,
                1);
    }
}
