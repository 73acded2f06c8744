package dev.fencekv.server.health;

import dev.fencekv.check.Check;

/**
 * How likely it is that another node is gone, judged by its own rhythm: φ = -log10 of the
 * probability that it is only late. After φ = 1 one verdict in ten would be wrong, after 8 one in
 * 10^8. From Hayashibara, Défago, Yared, Katayama: The φ Accrual Failure Detector, 2004; with a
 * normal model, as there in 4.2.
 *
 * <p>Two kinds of arrivals: those of a regular message teach the rhythm, every other message only
 * shows that the node lives. Else an hour of load would teach gaps of microseconds, and the first
 * quiet moment would look like a death.
 *
 * <p>Safe from any thread. Times are nanoseconds of the observer's monotonic clock.
 */
public final class PhiAccrualDetector {
    /** No verdict is surer than this: the model is not. */
    public static final double PHI_MAX = 100;

    static final int WINDOW = 1000;

    /** The scheduler of a busy machine is late by so much whatever the rhythm. */
    private static final double DEVIATION_MICROS_MIN = 10_000;

    /** Nor is any rhythm truer than this part of itself. */
    private static final double DEVIATION_RATIO_MIN = 0.1;

    /** A gap so many times the usual is a pause and says nothing of the rhythm... */
    private static final int OUTLIER_RATIO = 5;

    /** ...unless so many follow each other: then it is the rhythm that has changed. */
    private static final int OUTLIERS_OF_A_NEW_RHYTHM = 3;

    /** An observer that has slept judges nobody for so many usual gaps. */
    private static final int GAPS_AFTER_A_PAUSE = 10;

    private static final int NANOS_PER_MICRO = 1_000;

    // All guarded by this.
    private final int[] gapsMicros = new int[WINDOW];
    private int gaps;
    private int next;
    private double sum;
    private double sumOfSquares;
    private int outliersInARow;
    private boolean rhythmBegun;
    private long rhythmAtNanos;
    private long heardAtNanos;
    private long judgesFromNanos;

    /**
     * @param expectedGapNanos the rhythm to assume before any is known
     */
    public PhiAccrualDetector(long expectedGapNanos, long nowNanos) {
        Check.atLeast(NANOS_PER_MICRO, expectedGapNanos, "expectedGapNanos");
        learn(micros(expectedGapNanos));
        heardAtNanos = nowNanos;
        judgesFromNanos = nowNanos;
    }

    /** A message of the regular rhythm has come. */
    public synchronized void rhythm(long nowNanos) {
        if (rhythmBegun) {
            consider(micros(nowNanos - rhythmAtNanos));
        }
        rhythmBegun = true;
        rhythmAtNanos = nowNanos;
        heardAtNanos = nowNanos;
    }

    /** Any message has come. */
    public synchronized void heard(long nowNanos) {
        heardAtNanos = nowNanos;
    }

    /**
     * The observer itself did not run for a while: what waits in its sockets is not late, and what
     * it measures now is not the other's rhythm.
     */
    public synchronized void observerPaused(long nowNanos) {
        rhythmBegun = false;
        heardAtNanos = nowNanos;
        judgesFromNanos = nowNanos + GAPS_AFTER_A_PAUSE * (long) (meanMicros() * NANOS_PER_MICRO);
    }

    /** 0 to {@link #PHI_MAX}. */
    public synchronized double phi(long nowNanos) {
        if (nowNanos - judgesFromNanos < 0) {
            return 0;
        }
        double late = (micros(nowNanos - heardAtNanos) - meanMicros()) / deviationMicros();
        // The tail of the normal distribution, by the logistic approximation of Bowling et al.
        // (2009); its largest error is 0.00014.
        double exponent = late * (1.5976 + 0.070566 * late * late);
        double phi =
                exponent > 0
                        ? exponent / Math.log(10) + Math.log10(1 + Math.exp(-exponent))
                        : Math.log10(1 + Math.exp(exponent));
        return Math.min(PHI_MAX, phi);
    }

    /** The usual gap, in microseconds. */
    public synchronized long rhythmMicros() {
        return (long) meanMicros();
    }

    private void consider(int gapMicros) {
        if (gapMicros <= OUTLIER_RATIO * Math.max(meanMicros(), DEVIATION_MICROS_MIN)) {
            outliersInARow = 0;
            learn(gapMicros);
            return;
        }
        outliersInARow++;
        if (outliersInARow >= OUTLIERS_OF_A_NEW_RHYTHM) {
            forget();
            learn(gapMicros);
        }
    }

    private void learn(int gapMicros) {
        if (gaps == WINDOW) {
            double oldest = gapsMicros[next];
            sum -= oldest;
            sumOfSquares -= oldest * oldest;
        } else {
            gaps++;
        }
        gapsMicros[next] = gapMicros;
        next = (next + 1) % WINDOW;
        sum += gapMicros;
        sumOfSquares += (double) gapMicros * gapMicros;
    }

    private void forget() {
        gaps = 0;
        next = 0;
        sum = 0;
        sumOfSquares = 0;
        outliersInARow = 0;
    }

    private double meanMicros() {
        return sum / gaps;
    }

    private double deviationMicros() {
        double mean = meanMicros();
        double variance = Math.max(0, sumOfSquares / gaps - mean * mean);
        return Math.max(
                Math.max(DEVIATION_MICROS_MIN, DEVIATION_RATIO_MIN * mean), Math.sqrt(variance));
    }

    /** At most 35 minutes: longer is all the same here. */
    private static int micros(long nanos) {
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, nanos / NANOS_PER_MICRO));
    }
}
