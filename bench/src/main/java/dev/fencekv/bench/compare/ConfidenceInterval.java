package dev.fencekv.bench.compare;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Where the geometric mean of some ratios lies, with 95 % confidence, by the bootstrap: as it would
 * come out if the same measurements had been drawn again and again. The same ratios give the same
 * interval.
 */
record ConfidenceInterval(double low, double mean, double high) {
    private static final int DRAWS = 10_000;
    private static final double OUTSIDE = 0.025;

    static ConfidenceInterval of(List<Double> ratios) {
        double[] logs = ratios.stream().mapToDouble(Math::log).toArray();
        SplittableRandom random = new SplittableRandom(1);
        double[] means = new double[DRAWS];
        for (int draw = 0; draw < DRAWS; draw++) {
            double sum = 0;
            for (int i = 0; i < logs.length; i++) {
                sum += logs[random.nextInt(logs.length)];
            }
            means[draw] = sum / logs.length;
        }
        Arrays.sort(means);
        return new ConfidenceInterval(
                Math.exp(means[(int) (OUTSIDE * DRAWS)]),
                Math.exp(Arrays.stream(logs).average().orElseThrow()),
                Math.exp(means[(int) ((1 - OUTSIDE) * DRAWS)]));
    }
}
