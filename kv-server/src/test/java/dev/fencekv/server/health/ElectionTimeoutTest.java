package dev.fencekv.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ElectionTimeoutTest {
    private final ElectionTimeout timeout = new ElectionTimeout(400, 1_000, 40, 0);
    private long seconds = 100;

    private int choose(long silenceMs, long roundTripMs) {
        return timeout.choose(silenceMs, roundTripMs, TimeUnit.SECONDS.toNanos(seconds));
    }

    private void raise(long roundTripMs) {
        timeout.raise(roundTripMs, TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void aQuickLeaderLeavesTheLeast() {
        assertThat(choose(45, 1)).isEqualTo(400);
    }

    @Test
    void aSlowRhythmRaisesItAtOnceInSteps() {
        assertThat(choose(230, 20)).isEqualTo(500);
    }

    @Test
    void neverAboveTheMost() {
        assertThat(choose(5_000, 900)).isEqualTo(1_000);
    }

    @Test
    void itIsNotLoweredWithinTenSecondsOfAChange() {
        assertThat(choose(400, 20)).isEqualTo(850);
        seconds += 9;
        assertThat(choose(45, 1)).isEqualTo(850);
        assertThat(choose(450, 20)).isEqualTo(950);
        seconds += 9;
        assertThat(choose(45, 1)).isEqualTo(950);
        seconds += 1;
        assertThat(choose(45, 1)).isEqualTo(400);
    }

    /** Else each leader of a network that has become slow would be given up too early. */
    @Test
    void roundTripsAloneRaiseItAlsoWithoutALeader() {
        raise(1);
        assertThat(timeout.nowMs()).isEqualTo(400);
        raise(200);
        assertThat(timeout.nowMs()).isEqualTo(700);
        raise(1);
        assertThat(choose(45, 1)).as("not lowered at once").isEqualTo(700);
        assertThat(timeout.nowMs()).isEqualTo(700);
    }

    @Test
    void whatTheLeaderAnnouncesHoldsUnlessTheNetworkIsSlower() {
        timeout.announced(850, 1);
        assertThat(timeout.nowMs()).isEqualTo(850);
        timeout.announced(400, 1);
        assertThat(timeout.nowMs()).isEqualTo(400);
        timeout.announced(400, 200);
        assertThat(timeout.nowMs()).isEqualTo(700);
    }

    @Test
    void itIsLoweredOnlyIfMuchLessWouldDo() {
        assertThat(choose(400, 20)).isEqualTo(850);
        seconds += 60;
        assertThat(choose(300, 20)).isEqualTo(850);
        assertThat(choose(200, 20)).isEqualTo(450);
    }

    /** The heartbeat is a tenth of the timeout: a longer one must not call for a longer one. */
    @Test
    void theTimeoutItselfDoesNotRaiseIt() {
        choose(500, 1);
        for (int i = 0; i < 20; i++) {
            seconds += 60;
            choose(timeout.nowMs() / 10 + 30, 1);
        }
        assertThat(timeout.nowMs()).isEqualTo(400);
    }
}
