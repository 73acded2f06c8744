package dev.fencekv.bench.load;

import java.util.Locale;
import java.util.SplittableRandom;

/** How keys are chosen. */
public enum Distribution {
    UNIFORM,
    /** A few keys get most of the load, as YCSB has it; the hot ones are spread over the keys. */
    ZIPFIAN;

    /** Number of the next key. Owned by whoever owns the random. */
    interface Chooser {
        int next(SplittableRandom random);
    }

    public static Distribution ofText(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    Chooser over(int keys) {
        return switch (this) {
            case UNIFORM -> random -> random.nextInt(keys);
            case ZIPFIAN -> {
                Zipfian zipfian = new Zipfian(keys, Zipfian.YCSB_SKEW);
                yield random -> spread(zipfian.next(random), keys);
            }
        };
    }

    /** A rank's place among the keys: neighbours in rank are not neighbours in order. */
    static int spread(int rank, int keys) {
        long mixed = rank * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
        return (int) Long.remainderUnsigned(mixed ^ (mixed >>> 32), keys);
    }
}
