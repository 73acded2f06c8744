package dev.fencekv.bench.load;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Latencies in nanoseconds, by operation, in intervals. Recording is safe from any thread;
 * everything else is the sampler's.
 */
final class Latencies {
    /** Longer ones count as this. */
    static final long MAX_NANOS = 120_000_000_000L;

    private static final long LOWEST_NANOS = 1_000;
    private static final int DIGITS = 3;

    private final Map<Operation, Recorder> recorders = new EnumMap<>(Operation.class);
    private final Map<Operation, List<Histogram>> intervals = new EnumMap<>(Operation.class);

    Latencies(List<Operation> operations) {
        for (Operation operation : operations) {
            recorders.put(operation, new Recorder(LOWEST_NANOS, MAX_NANOS, DIGITS));
            intervals.put(operation, new ArrayList<>());
        }
    }

    static Histogram newHistogram() {
        return new Histogram(LOWEST_NANOS, MAX_NANOS, DIGITS);
    }

    void record(Operation operation, long nanos) {
        recorders.get(operation).recordValue(Math.min(Math.max(nanos, 0), MAX_NANOS));
    }

    /** Ends an interval that began and ended at these wall-clock times. */
    void endInterval(long beginMs, long endMs) {
        recorders.forEach(
                (operation, recorder) -> {
                    Histogram interval = recorder.getIntervalHistogram();
                    interval.setStartTimeStamp(beginMs);
                    interval.setEndTimeStamp(endMs);
                    intervals.get(operation).add(interval);
                });
    }

    List<Histogram> intervals(Operation operation) {
        return intervals.get(operation);
    }

    /** All of the last interval, for the progress line. */
    Histogram lastInterval() {
        Histogram sum = newHistogram();
        intervals.values().stream()
                .filter(each -> !each.isEmpty())
                .forEach(each -> sum.add(each.get(each.size() - 1)));
        return sum;
    }

    Histogram total(Operation operation) {
        Histogram sum = newHistogram();
        intervals.get(operation).forEach(sum::add);
        return sum;
    }
}
