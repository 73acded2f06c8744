package dev.fencekv.bench.load;

import dev.fencekv.bench.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What a run gave.
 *
 * @param latencies of the operations that were due in the measured window, by operation, successes
 *     and what never ended
 * @param completed successes that ended within the window
 * @param completedInAll successes of the whole run, warm-up included
 * @param seconds length of the window
 * @param failures how many ended otherwise, by the store's name for it
 * @param unfinished how many had no answer when the run gave up; each is in the latencies with the
 *     age it had then
 * @param lateness by how much the generator started operations late; open loop only
 */
public record LoadResult(
        LoadSpec spec,
        List<OperationLatency> latencies,
        long completed,
        long completedInAll,
        double seconds,
        Map<String, Long> failures,
        long unfinished,
        Histogram lateness) {
    /** Latencies of one operation in nanoseconds: all, and second by second. */
    public record OperationLatency(
            Operation operation, Histogram total, List<Histogram> intervals) {}

    /** Histograms and all, to be sent from one process to another. */
    public JsonObject toJson() {
        JsonObject failed = new JsonObject();
        failures.forEach(failed::put);
        return new JsonObject()
                .put("spec", spec.toJson())
                .put(
                        "latencies",
                        latencies.stream()
                                .map(
                                        each ->
                                                new JsonObject()
                                                        .put("operation", each.operation.name())
                                                        .put("total", encoded(each.total))
                                                        .put(
                                                                "intervals",
                                                                each.intervals.stream()
                                                                        .map(LoadResult::encoded)
                                                                        .toList()))
                                .toList())
                .put("completed", completed)
                .put("completedInAll", completedInAll)
                .put("seconds", seconds)
                .put("failures", failed)
                .put("unfinished", unfinished)
                .put("lateness", encoded(lateness));
    }

    public static LoadResult ofJson(JsonObject json) {
        Map<String, Long> failures = new TreeMap<>();
        JsonObject failed = json.object("failures");
        failed.names().forEach(status -> failures.put(status, failed.whole(status)));
        return new LoadResult(
                LoadSpec.ofJson(json.object("spec")),
                json.objects("latencies").stream()
                        .map(
                                each ->
                                        new OperationLatency(
                                                Operation.valueOf(each.text("operation")),
                                                decoded(each.object("total")),
                                                each.objects("intervals").stream()
                                                        .map(LoadResult::decoded)
                                                        .toList()))
                        .toList(),
                json.whole("completed"),
                json.whole("completedInAll"),
                json.number("seconds"),
                failures,
                json.whole("unfinished"),
                decoded(json.object("lateness")));
    }

    private static JsonObject encoded(Histogram histogram) {
        ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        byte[] used = Arrays.copyOf(bytes.array(), length);
        return new JsonObject()
                .put("beganMs", histogram.getStartTimeStamp())
                .put("endedMs", histogram.getEndTimeStamp())
                .put("counts", Base64.getEncoder().encodeToString(used));
    }

    private static Histogram decoded(JsonObject json) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(json.text("counts")));
            Histogram histogram = Histogram.decodeFromCompressedByteBuffer(bytes, 0);
            histogram.setStartTimeStamp(json.whole("beganMs"));
            histogram.setEndTimeStamp(json.whole("endedMs"));
            return histogram;
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("not a histogram", e);
        }
    }

    /** The same, said to be of {@code spec}: of a run that was made in parts. */
    public LoadResult of(LoadSpec spec) {
        return new LoadResult(
                spec,
                latencies,
                completed,
                completedInAll,
                seconds,
                failures,
                unfinished,
                lateness);
    }

    public double perSecond() {
        return completed / seconds;
    }

    public long failed() {
        return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Of all operations together. */
    public Histogram total() {
        Histogram sum = Latencies.newHistogram();
        latencies.forEach(each -> sum.add(each.total()));
        return sum;
    }
}
