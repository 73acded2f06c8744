package dev.fencekv.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** A leader's clock follows small errors of the wall clock slowly and large ones never. */
class SlewedClockTest {
    private static final long HOUR_MS = 3_600_000;
    private static final long START_MS = 1_800_000_000_000L;
    private static final long NANOS_PER_MS = 1_000_000;

    private long wallMs = START_MS;
    private long monotonicNanos = Long.MAX_VALUE - 5 * NANOS_PER_MS;
    private final SlewedClock clock = new SlewedClock(() -> wallMs, () -> monotonicNanos, 500);

    private void passes(long millis) {
        wallMs += millis;
        monotonicNanos += millis * NANOS_PER_MS;
    }

    @Test
    void keepsThePaceOfBothClocksWhenTheyAgree() {
        passes(12_345);
        assertThat(clock.millis()).isEqualTo(START_MS + 12_345);
        assertThat(clock.wallOffsetMs()).isZero();
    }

    @Test
    void aWallClockThatStandsStillStopsNothing() {
        monotonicNanos += 300 * NANOS_PER_MS;
        assertThat(clock.millis()).isBetween(START_MS + 285, START_MS + 300);
        assertThat(clock.wallOffsetMs()).isEqualTo(-300);
    }

    @Test
    void aJumpBackOfAnHourIsNotFollowedButTold() {
        passes(1000);
        wallMs -= HOUR_MS;
        passes(1000);
        assertThat(clock.millis()).isEqualTo(START_MS + 2000);
        assertThat(clock.wallOffsetMs()).isEqualTo(-HOUR_MS);
    }

    @Test
    void aJumpAheadIsNotFollowedButTold() {
        wallMs += HOUR_MS;
        passes(1000);
        assertThat(clock.millis()).isEqualTo(START_MS + 1000);
        assertThat(clock.wallOffsetMs()).isEqualTo(HOUR_MS);
        wallMs = Long.MAX_VALUE / NANOS_PER_MS;
        assertThat(clock.millis()).isEqualTo(START_MS + 1000);
    }

    @Test
    void aSmallErrorIsCorrectedByAtMostAMillisecondInTwenty() {
        wallMs += 100;
        passes(200);
        assertThat(clock.millis()).isEqualTo(START_MS + 210);
        assertThat(clock.wallOffsetMs()).isEqualTo(100);
        passes(1800);
        assertThat(clock.millis()).isEqualTo(START_MS + 2100);
        passes(1000);
        assertThat(clock.millis()).isEqualTo(START_MS + 3100);
    }

    @Test
    void anErrorBehindIsCorrectedWithoutGoingBack() {
        wallMs -= 100;
        long last = clock.millis();
        for (int i = 0; i < 3000; i++) {
            passes(1);
            long now = clock.millis();
            assertThat(now).isGreaterThanOrEqualTo(last);
            last = now;
        }
        assertThat(last).isBetween(wallMs - 1, wallMs + 1);
    }

    @Test
    void aMonotonicClockThatWrapsAroundIsNoJump() {
        for (int i = 0; i < 20; i++) {
            passes(1);
            assertThat(clock.millis()).isEqualTo(START_MS + i + 1);
        }
        assertThat(monotonicNanos).as("it has wrapped around").isNegative();
    }

    @Test
    void neverGoesBackWhateverBothClocksDo() {
        Random random = new Random(11);
        long last = clock.millis();
        for (int i = 0; i < 100_000; i++) {
            monotonicNanos += random.nextInt(3_000_000);
            wallMs += random.nextInt(21) - 10;
            if (random.nextInt(1000) == 0) {
                wallMs += random.nextInt(2_000_000) - 1_000_000;
            }
            long now = clock.millis();
            assertThat(now).isGreaterThanOrEqualTo(last);
            last = now;
        }
    }
}
