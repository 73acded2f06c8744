package dev.fencekv.bench.load;

import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What a run gave.
 *
 * @param latencies of the operations that were due in the measured window, by operation, successes
 *     and what never ended
 * @param completed successes that ended within the window
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
        double seconds,
        Map<String, Long> failures,
        long unfinished,
        Histogram lateness) {
    /** Latencies of one operation in nanoseconds: all, and second by second. */
    public record OperationLatency(
            Operation operation, Histogram total, List<Histogram> intervals) {}

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
