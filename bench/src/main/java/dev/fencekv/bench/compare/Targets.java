package dev.fencekv.bench.compare;

import dev.fencekv.bench.load.Failover;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** What FenceKV wants to be beside others, and whether a comparison bears it out. Stateless. */
public final class Targets {
    private static final double PUT_OVER_FLOOR_MAX = 2;
    private static final double FENCED_OVER_PLAIN_MAX = 1.10;
    private static final int FENCED_PAIRS_MIN = 30;
    private static final int TAIL_ROUNDS_MIN = 9;
    private static final double TAIL_RATIO_MIN = 2;
    private static final double FAILOVER_MEDIAN_MS_MAX = 700;
    private static final double FAILOVER_P99_MS_MAX = 1_200;
    private static final double GC_PAUSE_MS_MAX = 20;

    private Targets() {}

    public static List<Verdict> judge(Measured measured) {
        List<Verdict> verdicts = new ArrayList<>();
        verdicts.add(putOverFloor(measured));
        verdicts.add(fastestPut(measured));
        verdicts.add(times(measured, Row.PUT_1024, Store.ZOOKEEPER, 4));
        verdicts.add(times(measured, Row.PUT_1024, Store.ETCD, 8));
        verdicts.add(times(measured, Row.PUT_1024, Store.RHEAKV, 1.5));
        verdicts.add(times(measured, Row.PUT_1024, Store.REDIS, 1.2));
        verdicts.add(tail(measured, Row.PUT_5K));
        verdicts.add(tail(measured, Row.PUT_10K));
        verdicts.add(fenced(measured));
        verdicts.add(times(measured, Row.GET_256, Store.ZOOKEEPER, 4));
        verdicts.add(times(measured, Row.GET_256, Store.RHEAKV, 2));
        verdicts.add(failover(measured));
        verdicts.add(pauses(measured));
        return verdicts;
    }

    /** How many hold, and which do not. */
    public static String summary(List<Verdict> verdicts) {
        return "targets: "
                + named(verdicts, Verdict.Result.HOLDS, "hold")
                + ". "
                + named(verdicts, Verdict.Result.MISSED, "missed")
                + ". "
                + named(verdicts, Verdict.Result.NOT_MEASURED, "not measured");
    }

    private static String named(List<Verdict> verdicts, Verdict.Result result, String word) {
        List<String> names =
                verdicts.stream()
                        .filter(each -> each.result() == result)
                        .map(Verdict::target)
                        .toList();
        return names.size()
                + " "
                + word
                + (names.isEmpty() ? "" : " (" + String.join("; ", names) + ")");
    }

    private static Verdict putOverFloor(Measured measured) {
        String target = "put p50 <= 2x floor";
        OptionalDouble p50 = measured.value(Store.FENCEKV, Row.PUT_1);
        double floor = measured.floorMs();
        if (p50.isEmpty() || floor <= 0) {
            return Verdict.notMeasured(target, "no put or no floor was measured");
        }
        double times = p50.getAsDouble() / floor;
        return Verdict.of(
                target,
                times <= PUT_OVER_FLOOR_MAX,
                text(
                        "p50 %.3f ms is %.2f x the floor of %.3f ms",
                        p50.getAsDouble(), times, floor));
    }

    private static Verdict fastestPut(Measured measured) {
        String target = "put p50 below every peer's";
        List<Store> peers = peersWith(measured, Row.PUT_1);
        if (peers.isEmpty()) {
            return Verdict.notMeasured(target, "no peer was measured");
        }
        return Verdict.of(
                target,
                peers.stream().allMatch(peer -> ratio(measured, peer, Row.PUT_1) > 1),
                peers.stream()
                                .map(
                                        peer ->
                                                text(
                                                        "%s %.2f x",
                                                        peer.text(),
                                                        ratio(measured, peer, Row.PUT_1)))
                                .collect(Collectors.joining(", "))
                        + " as fast"
                        + (peers.contains(Store.REDIS) ? "; Redis has one durable copy only" : ""));
    }

    private static List<Store> peersWith(Measured measured, Row row) {
        List<Store> peers = new ArrayList<>();
        for (Store store : Store.values()) {
            if (store != Store.FENCEKV && measured.ratio(store, row).isPresent()) {
                peers.add(store);
            }
        }
        return peers;
    }

    private static double ratio(Measured measured, Store peer, Row row) {
        return measured.ratio(peer, row).orElseThrow();
    }

    private static Verdict times(Measured measured, Row row, Store peer, double wanted) {
        String target = text("%s >= %sx %s", row.text(), shortest(wanted), peer.text());
        OptionalDouble ratio = measured.ratio(peer, row);
        if (ratio.isEmpty()) {
            return Verdict.notMeasured(target, peer.text() + " was not measured");
        }
        return Verdict.of(
                target, ratio.getAsDouble() >= wanted, text("%.2f x", ratio.getAsDouble()));
    }

    private static String shortest(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    /** Judged by few rounds too, but then says so: tails need many. */
    private static Verdict tail(Measured measured, Row row) {
        String target = "p99 of " + row.text() + " <= half of the best consensus peer's";
        if (!measured.isSustained(Store.FENCEKV, row)
                && !measured.reports(Store.FENCEKV, row).isEmpty()) {
            return Verdict.of(target, false, "FenceKV did not keep up with the rate");
        }
        OptionalDouble worst =
                peersWith(measured, row).stream()
                        .filter(Store::consensus)
                        .mapToDouble(peer -> ratio(measured, peer, row))
                        .min();
        if (worst.isEmpty()) {
            return Verdict.notMeasured(target, "no consensus peer kept up with the rate");
        }
        int rounds = measured.reports(Store.FENCEKV, row).size();
        OptionalDouble redis = measured.ratio(Store.REDIS, row);
        return Verdict.of(
                target,
                worst.getAsDouble() >= TAIL_RATIO_MIN,
                text("the best peer's is %.2f x ours", worst.getAsDouble())
                        + (redis.isPresent() ? text(", Redis' %.2f x", redis.getAsDouble()) : "")
                        + (rounds < TAIL_ROUNDS_MIN
                                ? text("; %d rounds, wanted %d", rounds, TAIL_ROUNDS_MIN)
                                : ""));
    }

    private static Verdict fenced(Measured measured) {
        String target = "fenced over plain put <= 1.10x";
        List<Double> ratios = measured.fencedOverPlain();
        if (ratios.size() < 2) {
            return Verdict.notMeasured(target, "no pairs were measured");
        }
        ConfidenceInterval interval = ConfidenceInterval.of(ratios);
        return Verdict.of(
                target,
                interval.high() <= FENCED_OVER_PLAIN_MAX,
                text(
                                "%.3f x, 95 %% within %.3f to %.3f, of %d pairs",
                                interval.mean(), interval.low(), interval.high(), ratios.size())
                        + (ratios.size() < FENCED_PAIRS_MIN
                                ? text(", wanted %d", FENCED_PAIRS_MIN)
                                : ""));
    }

    private static Verdict failover(Measured measured) {
        String target = "failover <= 700 ms, p99 1.2 s";
        List<Failover> all = measured.failovers(Store.FENCEKV);
        if (all.isEmpty()) {
            return Verdict.notMeasured(target, "no leader was killed");
        }
        List<Double> ms =
                all.stream()
                        .map(each -> each.recoveredMs() < 0 ? 1e9 : each.recoveredMs())
                        .sorted(Comparator.naturalOrder())
                        .toList();
        double median = Measured.median(ms).orElseThrow();
        double p99 = ms.get((int) Math.ceil(0.99 * ms.size()) - 1);
        int lost = all.stream().mapToInt(Failover::lost).sum();
        int risen = all.stream().mapToInt(Failover::risen).sum();
        return Verdict.of(
                target,
                median <= FAILOVER_MEDIAN_MS_MAX
                        && p99 <= FAILOVER_P99_MS_MAX
                        && lost == 0
                        && risen == 0,
                text(
                        "median %.0f ms, p99 %.0f ms of %d kills; acknowledged and lost %d, refused"
                                + " and done %d",
                        median, p99, all.size(), lost, risen));
    }

    private static Verdict pauses(Measured measured) {
        String target = "GC pauses <= 20 ms at 10000/s";
        if (measured.reports(Store.FENCEKV, Row.PUT_10K).isEmpty()) {
            return Verdict.notMeasured(target, "no run at 10000/s");
        }
        Measured.Garbage leader = measured.garbage(Row.PUT_10K, true);
        Measured.Garbage follower = measured.garbage(Row.PUT_10K, false);
        return Verdict.of(
                target,
                leader.pauseMaxMs() <= GC_PAUSE_MS_MAX,
                text(
                        "longest %.1f ms; %.0f bytes a put on the leader, %.0f on a follower",
                        leader.pauseMaxMs(),
                        leader.bytesPerOperation(),
                        follower.bytesPerOperation()));
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
