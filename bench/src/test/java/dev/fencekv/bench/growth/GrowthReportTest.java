package dev.fencekv.bench.growth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrowthReportTest {
    private static Size size(int keys, double putP50, double snapshottingP50, double replay) {
        return new Size(
                keys,
                40_000,
                putP50,
                2 * putP50,
                200,
                400,
                snapshottingP50,
                2 * snapshottingP50,
                50 << 20,
                400 << 20,
                0.5,
                replay,
                2);
    }

    private static String verdict(Size first, Size last) {
        return report(first, last).verdict();
    }

    private static GrowthReport report(Size... sizes) {
        return new GrowthReport(List.of(sizes), List.of("conditions"), "scripts/bench growth");
    }

    @Test
    void latencyMayGrowByThreeTenths() {
        assertThat(verdict(size(10_000, 500, 510, 1), size(5_000_000, 640, 650, 20)))
                .contains("1.28 x", "1.30 x while snapshotting: holds", "250000 inserts/s: holds");
        assertThat(verdict(size(10_000, 500, 510, 1), size(5_000_000, 640, 700, 20)))
                .contains("snapshotting: missed");
    }

    @Test
    void aSlowRestartMissesItsTarget() {
        assertThat(verdict(size(10_000, 500, 510, 1), size(5_000_000, 500, 500, 40)))
                .contains("125000 inserts/s: missed");
    }

    @Test
    void everythingIsWritten(@TempDir Path dir) throws IOException {
        report(size(10_000, 500, 510, 1), size(1_000_000, 500, 510, 1)).write(dir);
        for (String file :
                List.of("growth.json", "growth.txt", "growth.html", "latency.png", "time.svg")) {
            assertThat(dir.resolve(file)).isNotEmptyFile();
        }
    }
}
