package dev.fencekv.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PauseDetectorTest {
    private final List<Long> pausedMs = new ArrayList<>();
    private long nowMs = 77_000;
    private final PauseDetector detector =
            new PauseDetector(200, nanos -> pausedMs.add(TimeUnit.NANOSECONDS.toMillis(nanos)));

    @BeforeEach
    void begin() {
        detector.begin(nanos());
    }

    private long nanos() {
        return TimeUnit.MILLISECONDS.toNanos(nowMs);
    }

    private void beatAfter(long ms) {
        nowMs += ms;
        detector.beat(nanos());
    }

    @Test
    void aRhythmWithSmallDelaysIsNoPause() {
        beatAfter(50);
        beatAfter(70);
        beatAfter(240);
        detector.look(nanos());
        assertThat(pausedMs).isEmpty();
    }

    @Test
    void theBeatNotices() {
        beatAfter(50);
        beatAfter(3_050);
        assertThat(pausedMs).containsExactly(3_000L);
        assertThat(detector.pauses()).isEqualTo(1);
        assertThat(detector.longestMs()).isEqualTo(3_000);
    }

    @Test
    void whoeverLooksFirstNoticesAndTheBeatAfterItIsQuiet() {
        beatAfter(50);
        nowMs += 1_050;
        detector.look(nanos());
        detector.look(nanos());
        beatAfter(1);
        assertThat(pausedMs).containsExactly(1_000L);
    }

    @Test
    void whatTheStartTookIsNoPause() {
        PauseDetector starting = new PauseDetector(200, pausedMs::add);
        nowMs += 9_000;
        starting.look(nanos());
        starting.begin(nanos());
        nowMs += 50;
        starting.beat(nanos());
        assertThat(pausedMs).isEmpty();
    }
}
