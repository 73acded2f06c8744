package dev.fencekv.wire;

import java.util.SplittableRandom;

/** Seeds of random tests: a new one each time, printed; {@code -Dseed=N} repeats a run. */
final class Seeds {
    private Seeds() {}

    static long next(Class<?> test) {
        long seed = Long.getLong("seed", new SplittableRandom().nextLong());
        System.out.println(test.getSimpleName() + " -Dseed=" + seed);
        return seed;
    }
}
