package dev.fencekv.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.bench.cluster.GcPauses;
import dev.fencekv.bench.cluster.Machine;
import dev.fencekv.bench.cluster.ServerUsage;
import dev.fencekv.bench.cluster.Usage;
import dev.fencekv.bench.floor.Floor;
import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.load.Distribution;
import dev.fencekv.bench.load.LoadResult;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Operation;
import dev.fencekv.bench.load.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is saved can be read, plotted and shown again. */
class SavedRunTest {
    private static final LoadSpec SPEC =
            new LoadSpec(
                    Workload.MIXED_A,
                    1000,
                    Distribution.ZIPFIAN,
                    16,
                    128,
                    8,
                    0,
                    5000,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(3),
                    1,
                    1);

    private static SavedRun run(String store) {
        LoadResult result =
                new LoadResult(
                        SPEC,
                        List.of(
                                latency(Operation.PUT, 1_000_000),
                                latency(Operation.GET_LINEARIZABLE, 200_000)),
                        5_000,
                        6_000,
                        3,
                        Map.of("FENCED", 2L),
                        1,
                        new Histogram(3));
        RunReport report =
                RunReport.of(
                        new RunReport.Circumstances(
                                "2026-01-01T00:00:00Z",
                                store,
                                "fsync before acknowledging",
                                3,
                                new Machine("a cpu", 2, "24 GiB", "Linux", "17", "ext4", 0.25)),
                        result,
                        new Usage(
                                List.of(
                                        new ServerUsage(
                                                "node 1",
                                                true,
                                                3.5,
                                                200 << 20,
                                                1e6,
                                                1 << 20,
                                                new GcPauses(2, 7.5, 5))),
                                1.5,
                                0.25),
                        Optional.of(new Floor(120, 170, 19, 350)));
        return SavedRun.of(report, result);
    }

    private static LoadResult.OperationLatency latency(Operation operation, long nanos) {
        List<Histogram> intervals = new ArrayList<>();
        Histogram total = new Histogram(1000, 120_000_000_000L, 3);
        for (int second = 0; second < 3; second++) {
            Histogram interval = new Histogram(1000, 120_000_000_000L, 3);
            interval.setStartTimeStamp(1_767_225_600_000L + second * 1000);
            interval.setEndTimeStamp(1_767_225_600_000L + second * 1000 + 1000);
            for (int i = 1; i <= 1000; i++) {
                interval.recordValue(nanos + i * nanos / 100);
            }
            total.add(interval);
            intervals.add(interval);
        }
        return new LoadResult.OperationLatency(operation, total, intervals);
    }

    @Test
    void reportsComeBackFromJson() {
        RunReport report = run("FenceKV").report();
        RunReport read = RunReport.ofJson(Json.read(Json.pretty(report.toJson())));
        assertThat(Json.write(read.toJson())).isEqualTo(Json.write(report.toJson()));
        assertThat(read.operations().get("put").p50())
                .isEqualTo(report.operations().get("put").p50());
        assertThat(read.load()).isEqualTo(SPEC);
        assertThat(read.failures()).containsEntry("FENCED", 2L);
    }

    @Test
    void histogramsComeBackFromTheirLogs(@TempDir Path dir) throws IOException {
        SavedRun run = run("FenceKV");
        run.write(dir);
        SavedRun read = SavedRun.read(dir);
        assertThat(read.intervals().keySet()).containsExactly("put", "get-linearizable");
        assertThat(read.intervals().get("put")).hasSize(3);
        assertThat(read.total("put")).isEqualTo(run.total("put"));
        assertThat(Files.readString(dir.resolve("put.hgrm"))).contains("#[Max     =");
        long beginMs = read.intervals().get("put").get(0).getStartTimeStamp();
        assertThat(read.intervals().get("put").get(2).getEndTimeStamp() - beginMs).isEqualTo(3000);
    }

    @Test
    void aDirectoryWithoutARunIsNamed(@TempDir Path dir) {
        assertThatThrownBy(() -> SavedRun.read(dir))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(dir.toString());
    }

    @Test
    void thePageShowsAllRunsAndNeedsNothingElse() {
        String page = RunPage.of("Side by side", List.of(run("FenceKV"), run("Other"))).html();
        assertThat(page)
                .contains("FenceKV put", "Other get-linearizable", "2 FENCED", "load average")
                .doesNotContain("src=", "href=", "@import", "<script");
    }

    @Test
    void theTextSaysTheConditions() {
        assertThat(TextReport.of(run("FenceKV").report()))
                .contains("fsync before acknowledging", "3 nodes", "a cpu", "load average before")
                .contains("2 FENCED", "unfinished: 1", "open loop at 5000/s", "(leader)");
    }

    @Test
    void linesAreToldApartByWhatDiffers() {
        List<LatencyPlots.Line> one = LatencyPlots.lines(List.of(run("FenceKV")));
        assertThat(one)
                .extracting(LatencyPlots.Line::label)
                .containsExactly("put", "get-linearizable");
        List<LatencyPlots.Line> two = LatencyPlots.lines(List.of(run("FenceKV"), run("Other")));
        assertThat(two).extracting(LatencyPlots.Line::label).contains("Other put");
    }
}
