package dev.fencekv.bench.load;

import java.util.SplittableRandom;

/** A few values of random bytes, used over and over. Shared by threads; never changed. */
final class Values {
    private static final int COUNT = 64;

    private final byte[][] values = new byte[COUNT][];

    Values(int bytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < COUNT; i++) {
            values[i] = new byte[bytes];
            random.nextBytes(values[i]);
        }
    }

    byte[] next(SplittableRandom random) {
        return values[random.nextInt(COUNT)];
    }
}
