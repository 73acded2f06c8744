package dev.fencekv.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LongestSilencesTest {
    private final LongestSilences silences = new LongestSilences();
    private long nowMs = 1_000_000;

    private void hear(int times, long gapMs) {
        for (int i = 0; i < times; i++) {
            nowMs += gapMs;
            silences.ended(
                    TimeUnit.MILLISECONDS.toNanos(nowMs), TimeUnit.MILLISECONDS.toNanos(gapMs));
        }
    }

    private long usualMs() {
        return TimeUnit.NANOSECONDS.toMillis(
                silences.usualNanos(TimeUnit.MILLISECONDS.toNanos(nowMs)));
    }

    @Test
    void nothingIsKnownOfTheFirstSecond() {
        assertThat(usualMs()).isZero();
        hear(2, 40);
        assertThat(usualMs()).isZero();
    }

    @Test
    void aRhythmIsKnownAfterTwoSeconds() {
        hear(50, 40);
        assertThat(usualMs()).isEqualTo(40);
    }

    @Test
    void onePauseIsLeftOut() {
        hear(200, 40);
        hear(1, 7_000);
        hear(200, 40);
        assertThat(usualMs()).isEqualTo(40);
    }

    @Test
    void twoPausesAreARhythmUntilAMinuteHasPassed() {
        hear(200, 40);
        hear(1, 700);
        hear(100, 40);
        hear(1, 900);
        hear(100, 40);
        assertThat(usualMs()).isEqualTo(700);

        hear(60 * 25 + 25, 40);
        assertThat(usualMs()).isEqualTo(40);
    }
}
