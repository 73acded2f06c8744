package dev.fencekv.bench.torture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which faults happen when: the same for the same seed. Whom they meet is decided when they happen,
 * by the numbers drawn here, because who leads is not known before.
 */
record Schedule(List<Step> steps) {
    private static final int FIRST_MS = 3_000;
    private static final int PAUSE_BETWEEN_MS_MIN = 1_500;
    private static final int PAUSE_BETWEEN_MS_MAX = 5_000;
    private static final int LASTS_MS_MIN = 300;
    private static final int LASTS_MS_MAX = 6_000;

    /** Of ten faults, how many have company. */
    private static final int TOGETHER_OF_TEN = 3;

    /**
     * One fault.
     *
     * @param atMs since the start
     * @param lastsMs until it is healed
     * @param choice decides by chance what the kind leaves open
     */
    record Step(long atMs, long lastsMs, FaultKind kind, long choice) {
        Step lastingLonger(Duration by) {
            return new Step(atMs, lastsMs + by.toMillis(), kind, choice);
        }

        long endsMs() {
            return atMs + lastsMs;
        }
    }

    static Schedule of(long seed, Duration duration, Set<FaultKind> kinds) {
        Random random = new Random(seed);
        List<FaultKind> sorted = new ArrayList<>(new TreeSet<>(kinds));
        List<Step> steps = new ArrayList<>();
        long now = FIRST_MS;
        while (!sorted.isEmpty() && now + LASTS_MS_MAX < duration.toMillis()) {
            long ends = now;
            int together = random.nextInt(10) < TOGETHER_OF_TEN ? 2 : 1;
            for (int i = 0; i < together; i++) {
                Step step =
                        new Step(
                                now,
                                between(random, LASTS_MS_MIN, LASTS_MS_MAX),
                                sorted.get(random.nextInt(sorted.size())),
                                random.nextLong());
                steps.add(step);
                ends = Math.max(ends, step.endsMs());
            }
            now = ends + between(random, PAUSE_BETWEEN_MS_MIN, PAUSE_BETWEEN_MS_MAX);
        }
        return new Schedule(List.copyOf(steps));
    }

    private static int between(Random random, int min, int max) {
        return min + random.nextInt(max - min + 1);
    }
}
