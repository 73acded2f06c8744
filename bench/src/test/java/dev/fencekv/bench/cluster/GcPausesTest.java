package dev.fencekv.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GcPausesTest {
    private static final List<String> LOG =
            List.of(
                    "[1700000000000ms] Using G1",
                    "[1700000001000ms] GC(0) Pause Young (Normal) (G1 Evacuation Pause)"
                            + " 23M->4M(256M) 2.500ms",
                    "[1700000002000ms] GC(1) Concurrent Mark Cycle 12.000ms",
                    "[1700000002100ms] GC(1) Pause Remark 5M->5M(256M) 1.250ms",
                    "[1700000003000ms] GC(2) Pause Full (System.gc()) 5M->5M(256M) 30.000ms");

    @Test
    void pausesWithinTheWindowAreAddedUp() {
        assertThat(GcPauses.within(LOG, 1700000001000L, 1700000003000L))
                .isEqualTo(new GcPauses(2, 3.75, 2.5));
    }

    @Test
    void concurrentWorkIsNoPause() {
        assertThat(GcPauses.within(LOG, 1700000001500L, 1700000002050L)).isEqualTo(GcPauses.NONE);
    }
}
