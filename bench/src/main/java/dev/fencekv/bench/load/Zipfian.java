package dev.fencekv.bench.load;

import java.util.SplittableRandom;

/**
 * Ranks 0 to n-1, rank r with a probability in proportion to 1/(r+1)^skew. The method of Gray et
 * al., "Quickly generating billion-record synthetic databases" (SIGMOD 1994), which YCSB uses too:
 * constant time after one sum over n. Immutable.
 */
final class Zipfian {
    static final double YCSB_SKEW = 0.99;

    private final int n;
    private final double skew;
    private final double zetaN;
    private final double alpha;
    private final double eta;

    Zipfian(int n, double skew) {
        if (n < 1 || skew <= 0 || skew >= 1) {
            throw new IllegalArgumentException("want n >= 1 and 0 < skew < 1");
        }
        this.n = n;
        this.skew = skew;
        this.zetaN = zeta(n, skew);
        this.alpha = 1 / (1 - skew);
        this.eta = (1 - Math.pow(2.0 / n, 1 - skew)) / (1 - zeta(2, skew) / zetaN);
    }

    int next(SplittableRandom random) {
        return rank(random.nextDouble());
    }

    /** The rank at a point of [0, 1). */
    int rank(double u) {
        double uz = u * zetaN;
        if (uz < 1 || n == 1) {
            return 0;
        }
        if (uz < 1 + Math.pow(0.5, skew) || n == 2) {
            return 1;
        }
        return (int) Math.min(n - 1, n * Math.pow(eta * u - eta + 1, alpha));
    }

    /** The probability of a rank. */
    double probability(int rank) {
        return 1 / (Math.pow(rank + 1, skew) * zetaN);
    }

    private static double zeta(int n, double skew) {
        double sum = 0;
        for (int i = 1; i <= n; i++) {
            sum += 1 / Math.pow(i, skew);
        }
        return sum;
    }
}
