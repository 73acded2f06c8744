package dev.fencekv.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SyncTimesTest {
    private final SyncTimes times = new SyncTimes();

    @Test
    void nothingIsKnownAtFirst() {
        assertThat(times.p99Micros(0)).isZero();
    }

    @Test
    void theSlowestInAHundredIsLeftOut() {
        for (int i = 0; i < 256; i++) {
            times.took(TimeUnit.MICROSECONDS.toNanos(i == 7 ? 90_000 : 300), i);
        }
        assertThat(times.p99Micros(300)).isEqualTo(300);
        for (int i = 0; i < 10; i++) {
            times.took(TimeUnit.MICROSECONDS.toNanos(90_000), 300);
        }
        assertThat(times.p99Micros(300)).isEqualTo(90_000);
    }

    @Test
    void aFewSyncsTellNothing() {
        for (int i = 0; i < SyncTimes.TELLING_MIN - 1; i++) {
            times.took(TimeUnit.MILLISECONDS.toNanos(90), i);
        }
        assertThat(times.p99Micros(500)).isZero();
    }

    @Test
    void whatIsAMinuteOldIsForgotten() {
        for (int i = 0; i < SyncTimes.TELLING_MIN; i++) {
            times.took(TimeUnit.MILLISECONDS.toNanos(90), 0);
        }
        assertThat(times.p99Micros(TimeUnit.SECONDS.toNanos(60))).isEqualTo(90_000);
        assertThat(times.p99Micros(TimeUnit.SECONDS.toNanos(61))).isZero();
    }
}
