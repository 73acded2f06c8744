package dev.fencekv.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Stamps grow whatever the physical clock does. */
class HybridClockTest {
    private static final long HOUR_MS = 3_600_000;
    private static final long NOW_MS = 1_800_000_000_000L;

    private final HybridClock clock = new HybridClock(HybridTimestamp.ZERO);

    @Test
    void whileTheClockStandsStillTheCounterRuns() {
        assertThat(clock.next(NOW_MS)).isEqualTo(HybridTimestamp.of(NOW_MS, 0));
        assertThat(clock.next(NOW_MS)).isEqualTo(HybridTimestamp.of(NOW_MS, 1));
        assertThat(clock.next(NOW_MS)).isEqualTo(HybridTimestamp.of(NOW_MS, 2));
        assertThat(clock.next(NOW_MS + 1)).isEqualTo(HybridTimestamp.of(NOW_MS + 1, 0));
    }

    @Test
    void aClockThatJumpsBackAnHourTakesNoStampWithIt() {
        HybridTimestamp before = clock.next(NOW_MS);
        assertThat(clock.next(NOW_MS - HOUR_MS)).isEqualTo(before.next());
        assertThat(clock.next(NOW_MS - HOUR_MS + 5)).isEqualTo(before.next().next());
        assertThat(clock.next(NOW_MS + 1)).isEqualTo(HybridTimestamp.of(NOW_MS + 1, 0));
    }

    @Test
    void aClockThatJumpsAheadIsFollowedAndNeverTakenBack() {
        clock.next(NOW_MS);
        HybridTimestamp ahead = clock.next(NOW_MS + HOUR_MS);
        assertThat(ahead).isEqualTo(HybridTimestamp.of(NOW_MS + HOUR_MS, 0));
        assertThat(clock.next(NOW_MS + 1)).isEqualTo(ahead.next());
    }

    @Test
    void moreThan65536EventsInOneMillisecondCarryIntoTheNext() {
        HybridTimestamp last = clock.next(NOW_MS);
        for (int i = 0; i < 65_536; i++) {
            HybridTimestamp next = clock.next(NOW_MS);
            assertThat(next.packed()).isEqualTo(last.packed() + 1);
            last = next;
        }
        assertThat(last).isEqualTo(HybridTimestamp.of(NOW_MS + 1, 0));
        assertThat(clock.next(NOW_MS + 1)).isEqualTo(HybridTimestamp.of(NOW_MS + 1, 1));
    }

    @Test
    void whatWasSeenIsBelowAllThatFollows() {
        HybridTimestamp remote = HybridTimestamp.of(NOW_MS + 300, 7);
        clock.observe(remote);
        assertThat(clock.next(NOW_MS)).isEqualTo(remote.next());
        clock.observe(HybridTimestamp.of(NOW_MS - 5, 9));
        assertThat(clock.next(NOW_MS)).isEqualTo(remote.next().next());
    }

    @Test
    void aStampIsTooFarAheadOnlyBeyondTheOffset() {
        assertThat(tooFarAhead(NOW_MS + 500)).isFalse();
        assertThat(tooFarAhead(NOW_MS + 501)).isTrue();
        assertThat(tooFarAhead(NOW_MS - HOUR_MS)).isFalse();
        assertThat(tooFarAhead(HybridTimestamp.MILLIS_MAX)).isTrue();
    }

    private static boolean tooFarAhead(long millis) {
        return HybridClock.tooFarAhead(HybridTimestamp.of(millis, 3), NOW_MS, 500);
    }

    @Test
    void stampsStrictlyIncreaseWhateverHappens() {
        Random random = new Random(7);
        HybridTimestamp last = HybridTimestamp.ZERO;
        for (int i = 0; i < 100_000; i++) {
            long physical = NOW_MS + random.nextInt(2000) - 1000;
            if (random.nextInt(5) == 0) {
                clock.observe(HybridTimestamp.of(physical, random.nextInt(1 << 16)));
            }
            HybridTimestamp observed = clock.last();
            HybridTimestamp next = clock.next(physical);
            assertThat(next).isGreaterThan(last).isGreaterThan(observed);
            assertThat(next.millis()).isGreaterThanOrEqualTo(physical);
            last = next;
        }
    }
}
