package dev.fencekv.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.torture.FaultKind;
import dev.fencekv.bench.torture.Torture;
import dev.fencekv.bench.torture.TorturePlan;
import dev.fencekv.bench.torture.TortureReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short torture of real processes; scripts/torture does as much as anybody likes. */
class TortureIT {
    private static final long SEED = 1;

    @TempDir private Path dir;

    @Test
    void everyPromiseHoldsUnderFaults() throws Exception {
        TortureReport report = torture(Duration.ofSeconds(35), Set.of(FaultKind.values()), true);
        assertThat(report.holds()).as(report.text()).isTrue();
    }

    /**
     * The test of the test: without tokens the same pauses must do the harm that tokens prevent.
     */
    @Test
    void withoutTokensUpdatesAreLost() throws Exception {
        TortureReport report = torture(Duration.ofSeconds(30), Set.of(FaultKind.PAUSE), false);
        assertThat(report.text())
                .containsPattern("BROKEN   no update under the lock is lost: .* [1-9]\\d* lost");
    }

    private TortureReport torture(Duration duration, Set<FaultKind> faults, boolean tokens)
            throws Exception {
        return Torture.run(
                new TorturePlan(
                        new Installation(Path.of("..").toRealPath()),
                        SEED,
                        duration,
                        3,
                        faults,
                        3,
                        4,
                        tokens,
                        FreePorts.ofThree(),
                        dir.resolve("data"),
                        dir.resolve("out")),
                System.err::println);
    }
}
