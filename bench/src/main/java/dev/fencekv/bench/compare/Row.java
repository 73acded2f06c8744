package dev.fencekv.bench.compare;

import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Workload;
import java.util.List;
import java.util.Locale;

/** What every store is offered, and which number of it is compared. */
public enum Row {
    GET_256("get, 256 outstanding", Workload.GET_LINEARIZABLE, 256, 0),
    PUT_1024("put, 1024 outstanding", Workload.PUT, 1024, 0),
    // Not before those that make the JVMs' compilers work: latency without load is not about them.
    PUT_1("put, 1 outstanding", Workload.PUT, 1, 0),
    PUT_5K("put at 5000/s, open loop", Workload.PUT, 0, 5_000),
    // The last: it may be more than a store can take.
    PUT_10K("put at 10000/s, open loop", Workload.PUT, 0, 10_000),

    GET_1("get, 1 outstanding", Workload.GET_LINEARIZABLE, 1, 0),
    LOCK_1("lock and unlock, 1 outstanding", Workload.LOCK_CYCLE, 1, 0),
    FENCED_1("fenced put, 1 outstanding", Workload.PUT_FENCED, 1, 0),
    FENCED_256("fenced put, 256 outstanding", Workload.PUT_FENCED, 256, 0);

    private static final List<Row> OF_TARGETS = List.of(GET_256, PUT_1024, PUT_1, PUT_5K, PUT_10K);

    /** All, those that may overload a store at the end. */
    private static final List<Row> ALL =
            List.of(GET_256, FENCED_256, PUT_1024, PUT_1, GET_1, LOCK_1, FENCED_1, PUT_5K, PUT_10K);

    /** Below it, an open loop's rate was more than the store could take. */
    private static final double SUSTAINED = 0.99;

    /** What is compared. */
    public enum Metric {
        P50("p50, ms"),
        P99("p99, ms"),
        PER_SECOND("per second");

        private final String text;

        Metric(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }

        /** How many times as good the first is as the second. */
        double ratio(double first, double second) {
            return this == PER_SECOND ? first / second : second / first;
        }

        String format(double value) {
            return this == PER_SECOND
                    ? String.format(Locale.ROOT, "%.0f", value)
                    : String.format(Locale.ROOT, value < 10 ? "%.3f" : "%.1f", value);
        }
    }

    private final String text;
    private final Workload workload;
    private final int outstanding;
    private final int ratePerSecond;

    Row(String text, Workload workload, int outstanding, int ratePerSecond) {
        this.text = text;
        this.workload = workload;
        this.outstanding = outstanding;
        this.ratePerSecond = ratePerSecond;
    }

    /** What the targets are about. */
    public static List<Row> ofTargets() {
        return OF_TARGETS;
    }

    public static List<Row> all() {
        return ALL;
    }

    public String text() {
        return text;
    }

    /** In file names. */
    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Workload workload() {
        return workload;
    }

    LoadSpec spec(LoadSpec base) {
        return base.offering(workload, outstanding, ratePerSecond);
    }

    Metric metric() {
        if (ratePerSecond > 0) {
            return Metric.P99;
        }
        return outstanding == 1 ? Metric.P50 : Metric.PER_SECOND;
    }

    /** Whether a store kept up with what was asked of it. */
    boolean isSustained(double perSecond, long failed, long unfinished) {
        return failed == 0 && unfinished == 0 && perSecond >= SUSTAINED * ratePerSecond;
    }
}
