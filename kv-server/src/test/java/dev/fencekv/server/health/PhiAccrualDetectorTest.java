package dev.fencekv.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Traces of arrivals, and what the detector thinks of the silence after them. */
class PhiAccrualDetectorTest {
    private static final double GONE = HealthMonitor.PHI_GONE;

    private final Random random = new Random(4);
    private long nowNanos = 5_000_000_000L;
    private PhiAccrualDetector detector =
            new PhiAccrualDetector(TimeUnit.MILLISECONDS.toNanos(100), nowNanos);

    private void after(double ms) {
        nowNanos += (long) (ms * 1_000_000);
    }

    private void arrive(int times, double gapMs) {
        for (int i = 0; i < times; i++) {
            after(gapMs);
            detector.rhythm(nowNanos);
        }
    }

    /** φ after so long a silence. */
    private double silent(double ms) {
        return detector.phi(nowNanos + (long) (ms * 1_000_000));
    }

    @Test
    void aSteadyRhythmMakesAShortSilenceSuspicious() {
        arrive(200, 100);

        assertThat(silent(0)).isLessThan(0.01);
        assertThat(silent(100)).isBetween(0.2, 0.4);
        assertThat(silent(130)).isGreaterThan(1);
        assertThat(silent(250)).isGreaterThan(GONE);
        assertThat(silent(100_000)).isEqualTo(PhiAccrualDetector.PHI_MAX);
    }

    @Test
    void suspicionOnlyGrowsWithTheSilence() {
        arrive(50, 100);

        double before = 0;
        for (int ms = 0; ms < 2_000; ms += 5) {
            assertThat(silent(ms)).isGreaterThanOrEqualTo(before);
            before = silent(ms);
        }
    }

    @Test
    void whoIsKnownToBeIrregularIsGivenMoreTime() {
        for (int i = 0; i < 500; i++) {
            arrive(1, Math.max(1, 100 + 60 * random.nextGaussian()));
        }

        assertThat(silent(250)).isLessThan(GONE);
        assertThat(silent(800)).isGreaterThan(GONE);
    }

    @Test
    void oneLongPauseTeachesNothing() {
        arrive(200, 100);
        arrive(1, 8_000);
        arrive(5, 100);

        assertThat(detector.rhythmMicros()).isBetween(99_000L, 101_000L);
        assertThat(silent(250)).isGreaterThan(GONE);
    }

    @Test
    void aNewRhythmIsLearntAfterThreeGaps() {
        arrive(1_000, 100);
        arrive(2, 1_000);
        assertThat(silent(1_000)).isGreaterThan(GONE);

        arrive(2, 1_000);

        assertThat(silent(1_000)).isLessThan(1);
        assertThat(silent(3_000)).isGreaterThan(GONE);
    }

    @Test
    void aSlowDriftIsFollowed() {
        double gap = 100;
        for (int i = 0; i < 3_000; i++) {
            arrive(1, gap);
            gap *= 1.001;
            assertThat(silent(gap)).as("after %s ms", gap).isLessThan(GONE);
        }

        assertThat(gap).isGreaterThan(1_900);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.2, 1, 10, 1_000, 10_000, 120_000})
    void anyRhythmWillDo(double gap) {
        arrive(1_100, gap);

        assertThat(silent(gap)).isLessThan(1);
        assertThat(silent(3 * gap + 100)).isGreaterThan(GONE);
    }

    @Test
    void otherMessagesShowLifeAndTeachNoRhythm() {
        arrive(100, 100);
        for (int i = 0; i < 10_000; i++) {
            after(0.05);
            detector.heard(nowNanos);
        }

        assertThat(detector.rhythmMicros()).isBetween(99_000L, 101_000L);
        assertThat(silent(50)).isLessThan(0.1);
    }

    @Test
    void anObserverThatWasPausedJudgesNobodyForAWhile() {
        arrive(100, 100);
        after(30_000);
        detector.observerPaused(nowNanos);

        assertThat(silent(0)).isZero();
        assertThat(silent(900)).isZero();
        assertThat(silent(1_100)).isGreaterThan(GONE);

        arrive(3, 100);
        assertThat(detector.rhythmMicros()).isBetween(99_000L, 101_000L);
    }

    @Test
    void nobodyIsSuspectedBeforeItsFirstMessageIsDue() {
        assertThat(silent(50)).isLessThan(0.1);
        assertThat(silent(1_000)).isGreaterThan(GONE);
    }

    /** A monotonic clock that a broken hypervisor lets step back. */
    @Test
    void aClockThatStepsDoesNoHarm() {
        arrive(100, 100);
        after(-10_000);
        detector.rhythm(nowNanos);
        arrive(10, 100);

        assertThat(silent(100)).isLessThan(1);
        assertThat(silent(400)).isGreaterThan(GONE);
    }
}
