package dev.fencekv.server.replication.jraft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElectionTimersTest {
    @ParameterizedTest
    @CsvSource({
        // timeout, silence, delay
        "600, 0, 600",
        "600, 50, 550",
        "600, 599, 1",
        "600, 600, 120",
        "600, 1199, 120",
        "600, 1200, 600",
        "600, 9223372036854, 600",
        // held back: looks again after a timeout at the latest
        "600, -1200, 600",
    })
    void goesOffWhenTheSilenceReachesTheTimeout(long timeout, long silence, long delay) {
        assertThat(ElectionTimers.delayMs(timeout, silence)).isEqualTo(delay);
    }

    @ParameterizedTest
    @CsvSource({
        // timeout, silence when it wakes, waits on
        "600, 600, 0",
        "600, 9000, 0",
        "600, 20, 580",
        "600, -700, 600",
    })
    void waitsOnIfTheLeaderWasHeardMeanwhile(long timeout, long silence, long waits) {
        assertThat(ElectionTimers.remainingMs(timeout, silence)).isEqualTo(waits);
    }
}
