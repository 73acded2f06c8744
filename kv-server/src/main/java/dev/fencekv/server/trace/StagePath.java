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

    /** By stage but the first, the nanoseconds since the one before; guarded by this. */
    private final long[][] nanos;

    /** Guarded by this. */
    private long count;

    StagePath(String name, Stage... stages) {
        this.name = name;
        this.stages = stages;
        this.nanos = new long[stages.length - 1][PUTS_KEPT];
    }

    /** Adds a put, if it has passed all stages in order. */
    synchronized void add(AtomicLongArray passed) {
        for (int i = 1; i < stages.length; i++) {
            long before = passed.get(stages[i - 1].ordinal());
            long after = passed.get(stages[i].ordinal());
            if (before == 0 || after < before) {
                return;
            }
            nanos[i - 1][(int) (count % PUTS_KEPT)] = after - before;
        }
        count++;
    }

    synchronized String toJson() {
        int kept = (int) Math.min(count, PUTS_KEPT);
        StringBuilder json = new StringBuilder();
        json.append(String.format(Locale.ROOT, "{\"path\":\"%s\",\"puts\":%d", name, kept));
        json.append(",\"stages\":[");
        for (int i = 0; kept > 0 && i < nanos.length; i++) {
            long[] sorted = Arrays.copyOf(nanos[i], kept);
            Arrays.sort(sorted);
            json.append(i == 0 ? "" : ",")
                    .append(
                            String.format(
                                    Locale.ROOT,
                                    "{\"stage\":\"%s\",\"p50Us\":%.1f,\"p90Us\":%.1f}",
                                    stages[i + 1].name().toLowerCase(Locale.ROOT),
                                    sorted[kept / 2] / 1e3,
                                    sorted[(int) (kept * 0.9)] / 1e3));
        }
        return json.append("]}").toString();
    }
}
