package dev.fencekv.server.trace;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;

/** The times from one stage to the next of the latest puts. Safe from any thread. */
final class StagePath {
    /** The latest ones only: what the compiler had not seen yet is soon forgotten. */
    static final int PUTS_KEPT = 4096;

    private final String name;
    private final Stage[] stages;

    /** By stage, the nanoseconds since the one before; the first has the whole. Guarded by this. */
    private final long[][] nanos;

    /** Guarded by this. */
    private long count;

    StagePath(String name, Stage... stages) {
        this.name = name;
        this.stages = stages;
        this.nanos = new long[stages.length][PUTS_KEPT];
    }

    /** Adds a put, if it has passed all stages in order. */
    synchronized void add(AtomicLongArray passed) {
        int slot = (int) (count % PUTS_KEPT);
        long before = passed.get(stages[0].ordinal());
        for (int i = 1; i < stages.length; i++) {
            long after = passed.get(stages[i].ordinal());
            if (before == 0 || after < before) {
                return;
            }
            nanos[i][slot] = after - before;
            before = after;
        }
        nanos[0][slot] = before - passed.get(stages[0].ordinal());
        count++;
    }

    /** As {@code scripts/bench stages} reads it. */
    synchronized String toJson() {
        StringBuilder json = new StringBuilder();
        json.append("{\"node\": \"").append(name).append("\", \"operation\": \"put\",\n  ");
        json.append("\"whole\": ").append(figures("whole", nanos[0])).append(",\n  \"stages\": [");
        for (int i = 1; i < stages.length; i++) {
            String stage = stages[i].name().toLowerCase(Locale.ROOT).replace('_', ' ');
            json.append(i == 1 ? "\n    " : ",\n    ").append(figures(stage, nanos[i]));
        }
        return json.append("]}").toString();
    }

    private String figures(String stage, long[] of) {
        int kept = (int) Math.min(count, PUTS_KEPT);
        long[] sorted = Arrays.copyOf(of, kept);
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "{\"name\": \"%s\", \"count\": %d, \"p50Us\": %.1f, \"p90Us\": %.1f, \"p99Us\": %.1f}",
                stage,
                kept,
                percentile(sorted, 50),
                percentile(sorted, 90),
                percentile(sorted, 99));
    }

    private static double percentile(long[] sorted, int percent) {
        return sorted.length == 0 ? 0 : sorted[sorted.length * percent / 100] / 1e3;
    }
}
