package dev.fencekv.bench.report;

import dev.fencekv.bench.cluster.Machine;
import dev.fencekv.bench.cluster.Usage;
import dev.fencekv.bench.floor.Floor;
import dev.fencekv.bench.json.JsonObject;
import dev.fencekv.bench.load.LoadResult;
import dev.fencekv.bench.load.LoadSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * All that must be said beside a latency number, and the number.
 *
 * @param when the run ended, ISO 8601
 * @param durability what had happened before a write was acknowledged
 * @param operations latencies by the operation's name
 * @param latenessP99Us how late the generator started operations, p99 in microseconds; 0 for a
 *     closed loop
 * @param floor measured in the same run, if it was
 */
public record RunReport(
        String when,
        String store,
        String durability,
        int nodes,
        Machine machine,
        LoadSpec load,
        double perSecond,
        Map<String, LatencySummary> operations,
        Map<String, Long> failures,
        long unfinished,
        double latenessP99Us,
        Usage usage,
        Optional<Floor> floor) {

    /** What is known before a run, and what it cost. */
    public record Circumstances(
            String when, String store, String durability, int nodes, Machine machine) {}

    public static RunReport of(
            Circumstances circumstances, LoadResult result, Usage usage, Optional<Floor> floor) {
        Map<String, LatencySummary> operations = new LinkedHashMap<>();
        result.latencies()
                .forEach(
                        each ->
                                operations.put(
                                        each.operation().text(), LatencySummary.of(each.total())));
        return new RunReport(
                circumstances.when,
                circumstances.store,
                circumstances.durability,
                circumstances.nodes,
                circumstances.machine,
                result.spec(),
                result.perSecond(),
                operations,
                result.failures(),
                result.unfinished(),
                result.lateness().getTotalCount() == 0
                        ? 0
                        : result.lateness().getValueAtPercentile(99) / 1e3,
                usage,
                floor);
    }

    public long failed() {
        return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    public JsonObject toJson() {
        JsonObject latencies = new JsonObject();
        operations.forEach((operation, latency) -> latencies.put(operation, latency.toJson()));
        JsonObject failed = new JsonObject();
        failures.forEach(failed::put);
        JsonObject json =
                new JsonObject()
                        .put("when", when)
                        .put("store", store)
                        .put("durability", durability)
                        .put("nodes", nodes)
                        .put("machine", machine.toJson())
                        .put("load", load.toJson())
                        .put("perSecond", perSecond)
                        .put("operations", latencies)
                        .put("failures", failed)
                        .put("unfinished", unfinished)
                        .put("generatorLatenessP99Us", latenessP99Us)
                        .put("usage", usage.toJson());
        floor.ifPresent(each -> json.put("floor", each.toJson()));
        return json;
    }

    public static RunReport ofJson(JsonObject json) {
        Map<String, LatencySummary> operations = new LinkedHashMap<>();
        JsonObject latencies = json.object("operations");
        for (String name : latencies.names()) {
            operations.put(name, LatencySummary.ofJson(latencies.object(name)));
        }
        Map<String, Long> failures = new LinkedHashMap<>();
        JsonObject failed = json.object("failures");
        for (String status : failed.names()) {
            failures.put(status, failed.whole(status));
        }
        return new RunReport(
                json.text("when"),
                json.text("store"),
                json.text("durability"),
                (int) json.whole("nodes"),
                Machine.ofJson(json.object("machine")),
                LoadSpec.ofJson(json.object("load")),
                json.number("perSecond"),
                operations,
                failures,
                json.whole("unfinished"),
                json.number("generatorLatenessP99Us"),
                Usage.ofJson(json.object("usage")),
                json.has("floor")
                        ? Optional.of(Floor.ofJson(json.object("floor")))
                        : Optional.empty());
    }

    /** One line: what was measured of whom. */
    public String title() {
        return store + ": " + load.text();
    }

    /** One line: the conditions without which the numbers say nothing. */
    public String conditions() {
        return nodes
                + " nodes, "
                + durability
                + "; "
                + load.keys()
                + " keys of "
                + load.keyBytes()
                + " B, "
                + load.distribution().text()
                + ", values of "
                + load.valueBytes()
                + " B";
    }
}
