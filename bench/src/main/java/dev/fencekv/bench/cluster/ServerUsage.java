package dev.fencekv.bench.cluster;

import dev.fencekv.bench.json.JsonObject;

/**
 * What one server cost during the measured window. {@link ProcessFiles#UNKNOWN} stands for what
 * could not be learned.
 *
 * @param allocatedBytesPerOperation by its JVM's threads
 * @param heapBytes in use at the end, garbage included
 */
public record ServerUsage(
        String name,
        boolean leader,
        double cpuSeconds,
        long peakResidentBytes,
        double allocatedBytesPerOperation,
        long heapBytes,
        GcPauses gc) {
    public JsonObject toJson() {
        return new JsonObject()
                .put("name", name)
                .put("leader", leader)
                .put("cpuSeconds", cpuSeconds)
                .put("peakResidentBytes", peakResidentBytes)
                .put("allocatedBytesPerOperation", allocatedBytesPerOperation)
                .put("heapBytes", heapBytes)
                .put("gcPauses", gc.count())
                .put("gcPauseTotalMs", gc.totalMs())
                .put("gcPauseMaxMs", gc.maxMs());
    }

    public static ServerUsage ofJson(JsonObject json) {
        return new ServerUsage(
                json.text("name"),
                json.yes("leader"),
                json.number("cpuSeconds"),
                json.whole("peakResidentBytes"),
                json.number("allocatedBytesPerOperation"),
                json.whole("heapBytes"),
                new GcPauses(
                        (int) json.whole("gcPauses"),
                        json.number("gcPauseTotalMs"),
                        json.number("gcPauseMaxMs")));
    }
}
