package dev.fencekv.bench.report;

import dev.fencekv.bench.json.JsonObject;
import org.HdrHistogram.Histogram;

/** What people ask of a histogram, in microseconds. */
public record LatencySummary(
        long count,
        double mean,
        double p50,
        double p90,
        double p99,
        double p999,
        double p9999,
        double max) {
    public static LatencySummary of(Histogram nanos) {
        return new LatencySummary(
                nanos.getTotalCount(),
                nanos.getMean() / 1e3,
                at(nanos, 50),
                at(nanos, 90),
                at(nanos, 99),
                at(nanos, 99.9),
                at(nanos, 99.99),
                nanos.getMaxValue() / 1e3);
    }

    private static double at(Histogram nanos, double percentile) {
        return nanos.getTotalCount() == 0 ? 0 : nanos.getValueAtPercentile(percentile) / 1e3;
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("count", count)
                .put("meanUs", mean)
                .put("p50Us", p50)
                .put("p90Us", p90)
                .put("p99Us", p99)
                .put("p999Us", p999)
                .put("p9999Us", p9999)
                .put("maxUs", max);
    }

    public static LatencySummary ofJson(JsonObject json) {
        return new LatencySummary(
                json.whole("count"),
                json.number("meanUs"),
                json.number("p50Us"),
                json.number("p90Us"),
                json.number("p99Us"),
                json.number("p999Us"),
                json.number("p9999Us"),
                json.number("maxUs"));
    }
}
