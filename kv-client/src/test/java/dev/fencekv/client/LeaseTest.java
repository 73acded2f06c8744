package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LeaseTest {
    private static final long SECOND = 1_000_000_000L;

    /** Sent at 100 s, TTL 10 s, wall 7 s ahead. */
    private final Lease lease = new Lease(new ClockReading(100 * SECOND, 7 * SECOND), 10 * SECOND);

    @Test
    void itEndsOnePercentBeforeTheTtlCountedFromTheSending() {
        assertThat(lease.deadlineNanos()).isEqualTo(109_900_000_000L);
        assertThat(at(109_899_999_999L, 0)).isEqualTo(LockState.HELD);
        assertThat(at(109_900_000_000L, 0)).isEqualTo(LockState.LOST);
    }

    @Test
    void aJumpBetweenTheClocksMakesItSuspect() {
        assertThat(at(101 * SECOND, 100_000_000)).isEqualTo(LockState.HELD);
        assertThat(at(101 * SECOND, 100_000_001)).isEqualTo(LockState.SUSPECT);
        assertThat(at(101 * SECOND, -100_000_001)).isEqualTo(LockState.SUSPECT);
    }

    @Test
    void aPassedDeadlineIsWorseThanASuspicion() {
        assertThat(at(110 * SECOND, 3600 * SECOND)).isEqualTo(LockState.LOST);
    }

    @Test
    void theOriginOfTheMonotonicClockDoesNotMatter() {
        Lease wrapping = new Lease(new ClockReading(Long.MAX_VALUE - SECOND, 0), 10 * SECOND);
        assertThat(wrapping.at(new ClockReading(Long.MAX_VALUE - SECOND + 5 * SECOND, 0)))
                .isEqualTo(LockState.HELD);
        assertThat(wrapping.at(new ClockReading(Long.MAX_VALUE - SECOND + 10 * SECOND, 0)))
                .isEqualTo(LockState.LOST);
    }

    private LockState at(long nanos, long jumpNanos) {
        return lease.at(new ClockReading(nanos, 7 * SECOND + jumpNanos));
    }
}
