package dev.fencekv.bench.compare;

import dev.fencekv.bench.cluster.ServerUsage;
import dev.fencekv.bench.floor.Floor;
import dev.fencekv.bench.load.Failover;
import dev.fencekv.bench.report.RunReport;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * All that a comparison measured, round by round. Owned by one thread.
 *
 * @param rounds what each store gave in each round
 */
public record Measured(List<Round> rounds) {
    /**
     * One round.
     *
     * @param floor the machine's, at its beginning
     */
    public record Round(Floor floor, Map<Store, Visit> visits) {
        public Round(Floor floor) {
            this(floor, new EnumMap<>(Store.class));
        }
    }

    /**
     * One store's turn in a round.
     *
     * @param fencedOverPlain throughput of plain puts over that of fenced and guarded ones, of each
     *     interleaved pair: what fencing costs
     */
    public record Visit(
            String store,
            Map<Row, RunReport> rows,
            List<Failover> failovers,
            List<Double> fencedOverPlain) {
        public Visit(String store) {
            this(store, new EnumMap<>(Row.class), new ArrayList<>(), new ArrayList<>());
        }
    }

    /** Name and version of a store that was measured. */
    public String name(Store store) {
        return visits(store).findFirst().map(Visit::store).orElse(store.text());
    }

    private Stream<Visit> visits(Store store) {
        return rounds.stream().map(each -> each.visits().get(store)).filter(Objects::nonNull);
    }

    public boolean has(Store store) {
        return visits(store).findAny().isPresent();
    }

    /** The median over the rounds; empty if it was not measured or not sustained. */
    public OptionalDouble value(Store store, Row row) {
        return isSustained(store, row) ? median(values(store, row)) : OptionalDouble.empty();
    }

    /** Whether it kept up in more than half of the rounds. */
    boolean isSustained(Store store, Row row) {
        List<RunReport> reports = reports(store, row);
        return 2 * reports.stream().filter(each -> isSustained(row, each)).count() > reports.size();
    }

    private static boolean isSustained(Row row, RunReport report) {
        return row.isSustained(report.perSecond(), report.failed(), report.unfinished());
    }

    List<RunReport> reports(Store store, Row row) {
        return visits(store).map(each -> each.rows().get(row)).filter(Objects::nonNull).toList();
    }

    private List<Double> values(Store store, Row row) {
        return reports(store, row).stream().map(each -> value(row, each)).toList();
    }

    private static double value(Row row, RunReport report) {
        var latency = report.operations().values().iterator().next();
        return switch (row.metric()) {
            case P50 -> latency.p50() / 1e3;
            case P99 -> latency.p99() / 1e3;
            case PER_SECOND -> report.perSecond();
        };
    }

    /**
     * How many times as good FenceKV is: the median of the ratios of each round, so that a machine
     * that was slower for a while was so for both. Empty if either was not measured or did not keep
     * up.
     */
    public OptionalDouble ratio(Store peer, Row row) {
        if (!isSustained(Store.FENCEKV, row) || !isSustained(peer, row)) {
            return OptionalDouble.empty();
        }
        List<Double> ratios = new ArrayList<>();
        for (Round round : rounds) {
            Visit ours = round.visits().get(Store.FENCEKV);
            Visit theirs = round.visits().get(peer);
            if (ours != null
                    && theirs != null
                    && ours.rows().containsKey(row)
                    && theirs.rows().containsKey(row)) {
                ratios.add(
                        row.metric()
                                .ratio(
                                        value(row, ours.rows().get(row)),
                                        value(row, theirs.rows().get(row))));
            }
        }
        return median(ratios);
    }

    /** The median of the floor of a write, in milliseconds. */
    public double floorMs() {
        return median(rounds.stream().map(each -> each.floor().write() / 1e3).toList()).orElse(0);
    }

    public List<Failover> failovers(Store store) {
        return visits(store).flatMap(each -> each.failovers().stream()).toList();
    }

    List<Double> fencedOverPlain() {
        return visits(Store.FENCEKV).flatMap(each -> each.fencedOverPlain().stream()).toList();
    }

    /** Bytes that a server's JVM allocated for each operation, and its longest pause. */
    record Garbage(double bytesPerOperation, double pauseMaxMs) {}

    /** The medians of all rounds, but the longest pause of all; of the leader or a follower. */
    Garbage garbage(Row row, boolean leader) {
        List<Double> bytes = new ArrayList<>();
        double pause = 0;
        for (RunReport report : reports(Store.FENCEKV, row)) {
            for (ServerUsage server : report.usage().servers()) {
                pause = Math.max(pause, server.gc().maxMs());
                if (server.leader() == leader && server.allocatedBytesPerOperation() >= 0) {
                    bytes.add(server.allocatedBytesPerOperation());
                }
            }
        }
        return new Garbage(median(bytes).orElse(-1), pause);
    }

    static OptionalDouble median(List<Double> values) {
        if (values.isEmpty()) {
            return OptionalDouble.empty();
        }
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        return OptionalDouble.of(
                sorted.size() % 2 == 1
                        ? sorted.get(half)
                        : (sorted.get(half - 1) + sorted.get(half)) / 2);
    }
}
