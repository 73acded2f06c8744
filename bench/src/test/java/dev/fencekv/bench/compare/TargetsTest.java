package dev.fencekv.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fencekv.bench.cluster.GcPauses;
import dev.fencekv.bench.cluster.Machine;
import dev.fencekv.bench.cluster.ServerUsage;
import dev.fencekv.bench.cluster.Usage;
import dev.fencekv.bench.compare.Verdict.Result;
import dev.fencekv.bench.floor.Floor;
import dev.fencekv.bench.load.Distribution;
import dev.fencekv.bench.load.Failover;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Workload;
import dev.fencekv.bench.report.LatencySummary;
import dev.fencekv.bench.report.RunReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is said of the targets follows from what was measured. */
class TargetsTest {
    private static final double FLOOR_MS = 0.3;

    private final Measured measured = new Measured(new ArrayList<>());

    private Measured.Round round() {
        Measured.Round round = new Measured.Round(new Floor(120, 170, 19, FLOOR_MS * 1e3));
        measured.rounds().add(round);
        return round;
    }

    private static Measured.Visit visit(Measured.Round round, Store store) {
        return round.visits().computeIfAbsent(store, each -> new Measured.Visit(each.text()));
    }

    /** In this round, this store had this median and this p99 (both in ms), and this throughput. */
    private static void gave(
            Measured.Round round, Store store, Row row, double p50, double p99, double perSecond) {
        gave(round, store, row, p50, p99, perSecond, 0, 0);
    }

    private static void gave(
            Measured.Round round,
            Store store,
            Row row,
            double p50,
            double p99,
            double perSecond,
            long failed,
            double pauseMs) {
        LoadSpec base =
                new LoadSpec(
                        Workload.PUT,
                        100,
                        Distribution.UNIFORM,
                        16,
                        128,
                        8,
                        1,
                        0,
                        Duration.ZERO,
                        Duration.ofSeconds(1),
                        1,
                        1);
        visit(round, store)
                .rows()
                .put(
                        row,
                        new RunReport(
                                "now",
                                store.text(),
                                "fsync",
                                3,
                                new Machine("cpu", 2, "", "", "", "", 0),
                                row.spec(base),
                                perSecond,
                                Map.of(
                                        "put",
                                        new LatencySummary(
                                                1000, 0, p50 * 1e3, 0, p99 * 1e3, 0, 0, 0)),
                                failed == 0 ? Map.of() : Map.of("UNAVAILABLE", failed),
                                0,
                                0,
                                new Usage(
                                        List.of(
                                                new ServerUsage(
                                                        "node 1",
                                                        true,
                                                        1,
                                                        1,
                                                        2000,
                                                        1,
                                                        new GcPauses(1, pauseMs, pauseMs))),
                                        0,
                                        0),
                                Optional.empty()));
    }

    private Verdict verdict(String beginning) {
        return Targets.judge(measured).stream()
                .filter(each -> each.target().startsWith(beginning))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void onePutIsComparedWithTheFloorOfTheSameRun() {
        gave(round(), Store.FENCEKV, Row.PUT_1, 0.59, 1, 1700);
        assertThat(verdict("put p50 <= 2x floor").result()).isEqualTo(Result.HOLDS);
        gave(round(), Store.FENCEKV, Row.PUT_1, 0.62, 1, 1700);
        gave(round(), Store.FENCEKV, Row.PUT_1, 0.63, 1, 1700);
        assertThat(verdict("put p50 <= 2x floor").result()).isEqualTo(Result.MISSED);
    }

    @Test
    void onePutMustBeFasterThanEachPeers() {
        Measured.Round round = round();
        gave(round, Store.FENCEKV, Row.PUT_1, 0.5, 1, 1);
        gave(round, Store.ETCD, Row.PUT_1, 1.0, 1, 1);
        assertThat(verdict("put p50 below").result()).isEqualTo(Result.HOLDS);
        gave(round, Store.REDIS, Row.PUT_1, 0.4, 1, 1);
        assertThat(verdict("put p50 below").result()).isEqualTo(Result.MISSED);
        assertThat(verdict("put p50 below").why()).contains("one durable copy only");
    }

    @Test
    void ratiosAreTakenRoundByRound() {
        // A machine that was ten times slower in one round was so for both.
        for (double speed : new double[] {1, 0.1, 1}) {
            Measured.Round round = round();
            gave(round, Store.FENCEKV, Row.PUT_1024, 1, 1, 80_000 * speed);
            gave(round, Store.ZOOKEEPER, Row.PUT_1024, 1, 1, 20_000 * speed);
        }
        assertThat(measured.ratio(Store.ZOOKEEPER, Row.PUT_1024).getAsDouble())
                .isCloseTo(4, within(1e-9));
        assertThat(verdict("put, 1024 outstanding >= 4x ZooKeeper").result())
                .isEqualTo(Result.HOLDS);
        assertThat(verdict("put, 1024 outstanding >= 8x etcd").result())
                .isEqualTo(Result.NOT_MEASURED);
    }

    @Test
    void aPeerThatDoesNotKeepUpIsNotCompared() {
        Measured.Round round = round();
        gave(round, Store.FENCEKV, Row.PUT_10K, 1, 10, 10_000);
        gave(round, Store.ETCD, Row.PUT_10K, 1, 1, 7_000);
        gave(round, Store.ZOOKEEPER, Row.PUT_10K, 1, 1, 10_000, 5, 0);
        assertThat(verdict("p99 of put at 10000/s").result()).isEqualTo(Result.NOT_MEASURED);
        gave(round, Store.RHEAKV, Row.PUT_10K, 1, 21, 9_950);
        assertThat(verdict("p99 of put at 10000/s").result()).isEqualTo(Result.HOLDS);
    }

    @Test
    void weMustKeepUpOurselves() {
        Measured.Round round = round();
        gave(round, Store.FENCEKV, Row.PUT_10K, 1, 10, 9_000);
        gave(round, Store.RHEAKV, Row.PUT_10K, 1, 100, 10_000);
        assertThat(verdict("p99 of put at 10000/s").result()).isEqualTo(Result.MISSED);
    }

    @Test
    void tailsOfFewRoundsAreJudgedAndSaySo() {
        Measured.Round round = round();
        gave(round, Store.FENCEKV, Row.PUT_5K, 1, 30, 5_000);
        gave(round, Store.ZOOKEEPER, Row.PUT_5K, 1, 63, 5_000);
        gave(round, Store.RHEAKV, Row.PUT_5K, 1, 44, 5_000);
        gave(round, Store.REDIS, Row.PUT_5K, 1, 8, 5_000);
        Verdict verdict = verdict("p99 of put at 5000/s");
        // Redis is no consensus peer; RheaKV is the best of these.
        assertThat(verdict.result()).isEqualTo(Result.MISSED);
        assertThat(verdict.why()).contains("1.47 x", "1 rounds, wanted 9");
    }

    @Test
    void whatFencingCostsIsBoundedFromAbove() {
        Measured.Visit visit = visit(round(), Store.FENCEKV);
        for (int i = 0; i < 30; i++) {
            visit.fencedOverPlain().add(i % 2 == 0 ? 1.0 : 1.1);
        }
        assertThat(verdict("fenced over plain").result()).isEqualTo(Result.HOLDS);
        visit.fencedOverPlain().addAll(Collections.nCopies(10, 1.6));
        assertThat(verdict("fenced over plain").result()).isEqualTo(Result.MISSED);
    }

    @Test
    void theSameRatiosHaveTheSameInterval() {
        List<Double> ratios = List.of(0.9, 1.0, 1.1, 1.3, 0.8, 1.0);
        ConfidenceInterval interval = ConfidenceInterval.of(ratios);
        assertThat(interval).isEqualTo(ConfidenceInterval.of(ratios));
        assertThat(interval.low()).isLessThan(interval.mean());
        assertThat(interval.high()).isGreaterThan(interval.mean()).isLessThan(1.3);
    }

    @Test
    void aLostWriteMissesTheTargetHoweverFastTheFailover() {
        Measured.Visit visit = visit(round(), Store.FENCEKV);
        visit.failovers().add(new Failover(500, 100, 0, 0, 0, 2));
        assertThat(verdict("failover").result()).isEqualTo(Result.HOLDS);
        visit.failovers().add(new Failover(400, 100, 1, 0, 0, 0));
        assertThat(verdict("failover").result()).isEqualTo(Result.MISSED);
    }

    @Test
    void aFailoverThatDidNotEndIsASlowOne() {
        Measured.Visit visit = visit(round(), Store.FENCEKV);
        visit.failovers().add(new Failover(500, 100, 0, 0, 0, 0));
        visit.failovers().add(new Failover(500, 100, 0, 0, 0, 0));
        visit.failovers().add(new Failover(-1, 100, 0, 0, 0, 0));
        assertThat(verdict("failover").result()).isEqualTo(Result.MISSED);
    }

    @Test
    void theLongestPauseCounts() {
        gave(round(), Store.FENCEKV, Row.PUT_10K, 1, 1, 10_000, 0, 5);
        assertThat(verdict("GC pauses").result()).isEqualTo(Result.HOLDS);
        gave(round(), Store.FENCEKV, Row.PUT_10K, 1, 1, 10_000, 0, 25);
        assertThat(verdict("GC pauses").result()).isEqualTo(Result.MISSED);
    }

    @Test
    void theSummaryNamesEachTargetOnce() {
        List<Verdict> verdicts =
                List.of(
                        Verdict.of("a", true, ""),
                        Verdict.of("b", false, ""),
                        Verdict.of("c", false, ""),
                        Verdict.notMeasured("d", ""));
        assertThat(Targets.summary(verdicts))
                .isEqualTo("targets: 1 hold (a). 2 missed (b; c). 1 not measured (d)");
    }
}
