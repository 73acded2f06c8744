package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Limits;
import org.junit.jupiter.api.Test;

class StampAdmissionTest {
    private final ManualTime time = new ManualTime();
    private HybridTimestamp lastApplied = HybridTimestamp.ZERO;
    private final StampAdmission admission =
            new StampAdmission(() -> lastApplied, new PhysicalClock(time, time));

    private static HybridTimestamp at(long offsetMs) {
        return HybridTimestamp.ofMillis(ManualTime.START_MS + offsetMs);
    }

    @Test
    void aStampALittleAheadOfTheClockIsAccepted() {
        assertThat(admission.judge(at(Limits.CLOCK_OFFSET_MS_MAX)).accepted()).isTrue();
    }

    @Test
    void aStampTooFarAheadIsRefusedWithBothReadings() {
        StampAdmission.Verdict verdict = admission.judge(at(Limits.CLOCK_OFFSET_MS_MAX + 1));
        assertThat(verdict.accepted()).isFalse();
        assertThat(verdict.physicalMs()).isEqualTo(ManualTime.START_MS);
        assertThat(verdict.seen()).isEqualTo(at(Limits.CLOCK_OFFSET_MS_MAX + 1));
    }

    @Test
    void aStampThatWasAppliedIsAcceptedWhateverTheClockSays() {
        lastApplied = at(3_600_000);
        assertThat(admission.judge(at(3_600_000)).accepted()).isTrue();
        assertThat(admission.judge(at(3_600_001)).accepted()).isFalse();
    }

    @Test
    void aJumpOfTheWallClockDoesNotMoveTheLimit() {
        time.jumpMs(3_600_000);
        assertThat(admission.judge(at(3_600_000)).accepted()).isFalse();
    }
}
