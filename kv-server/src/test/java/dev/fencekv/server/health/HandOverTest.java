package dev.fencekv.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.health.HandOver.Candidate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HandOverTest {
    private static final long SLOW = 400_000;
    private static final long QUICK = 2_000;

    private final HandOver handOver = new HandOver();
    private long nowMs = 1_000_000;

    private static Candidate candidate(String peer, long behind, long syncMicros) {
        return new Candidate(peer, behind, syncMicros, true);
    }

    /** What comes of it within two seconds. */
    private Optional<String> look(boolean clockIsWell, long syncMicros, Candidate... others) {
        for (int i = 0; i < 20; i++) {
            nowMs += 100;
            Optional<HandOver.Decision> decision =
                    handOver.look(
                            clockIsWell,
                            syncMicros,
                            List.of(others),
                            TimeUnit.MILLISECONDS.toNanos(nowMs));
            if (decision.isPresent()) {
                return decision.map(HandOver.Decision::peer);
            }
        }
        return Optional.empty();
    }

    @Test
    void aLeaderThatIsWellStays() {
        assertThat(look(true, QUICK, candidate("b", 0, QUICK), candidate("c", 0, QUICK))).isEmpty();
    }

    @Test
    void aLeaderWhoseDiskAloneIsSlowGoes() {
        assertThat(look(true, SLOW, candidate("b", 0, 3_000), candidate("c", 0, QUICK)))
                .contains("c");
    }

    @Test
    void ifAnotherIsAsSlowItIsTheLoad() {
        assertThat(look(true, SLOW, candidate("b", 0, SLOW), candidate("c", 0, QUICK))).isEmpty();
    }

    @Test
    void oneSlowMomentIsNoReason() {
        for (int i = 0; i < 50; i++) {
            nowMs += 100;
            assertThat(
                            handOver.look(
                                    true,
                                    i % 5 == 0 ? QUICK : SLOW,
                                    List.of(candidate("b", 0, QUICK)),
                                    TimeUnit.MILLISECONDS.toNanos(nowMs)))
                    .isEmpty();
        }
    }

    @Test
    void onlyToOneThatHasNearlyAll() {
        assertThat(look(true, SLOW, candidate("b", 101, QUICK), candidate("c", 5_000, QUICK)))
                .isEmpty();
        assertThat(look(true, SLOW, candidate("b", 100, QUICK), candidate("c", 5_000, QUICK)))
                .contains("b");
    }

    @Test
    void aLeaderWhoseClockIsWrongGoesToOneWhoseIsRight() {
        assertThat(
                        look(
                                false,
                                QUICK,
                                new Candidate("b", 0, QUICK, false),
                                candidate("c", 0, QUICK)))
                .contains("c");
    }

    @Test
    void itStaysIfThereIsNone() {
        assertThat(look(false, QUICK, new Candidate("b", 0, QUICK, false))).isEmpty();
    }

    @Test
    void atMostOnceAMinute() {
        assertThat(look(false, QUICK, candidate("b", 0, QUICK))).contains("b");
        assertThat(look(false, QUICK, candidate("b", 0, QUICK))).isEmpty();
        nowMs += 60_000;
        assertThat(look(false, QUICK, candidate("b", 0, QUICK))).contains("b");
    }
}
