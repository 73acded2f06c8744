package dev.fencekv.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.bench.cluster.FenceKvCluster;
import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.cluster.ServerUsage;
import dev.fencekv.bench.cluster.UsageMeter;
import dev.fencekv.bench.load.Distribution;
import dev.fencekv.bench.load.LoadObserver;
import dev.fencekv.bench.load.LoadResult;
import dev.fencekv.bench.load.LoadRun;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Workload;
import dev.fencekv.kv.NodeStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a put may cost on real nodes under a fixed load, in things that do not depend on how fast
 * the machine is: a regression shows here before anybody measures. The bounds are about one and a
 * half times what was seen when they were written.
 */
class HotPathBoundsIT {
    private static final int OUTSTANDING = 256;
    private static final int NODES = 3;

    private static final double LEADER_BYTES_PER_PUT_MAX = 4_000;
    private static final double FOLLOWER_BYTES_PER_PUT_MAX = 2_500;
    private static final double PUTS_PER_ENTRY_MIN = 8;
    private static final double WRITE_CALLS_PER_ENTRY_MAX = 12;

    @TempDir private Path dir;

    @Test
    void aPutUnderLoadAllocatesLittleAndSharesEntriesAndSystemCalls() throws Exception {
        FenceKvCluster.Plan plan =
                new FenceKvCluster.Plan(
                        new Installation(Path.of("..").toRealPath()),
                        dir,
                        NODES,
                        FreePorts.ofThree(),
                        List.of());
        try (FenceKvCluster cluster = FenceKvCluster.start(plan);
                FenceKvTarget target = new FenceKvTarget()) {
            LoadSpec spec = spec();
            target.connect(cluster.endpoints(), spec.connections());
            LoadRun.load(target, spec);
            LoadRun.run(target, spec, LoadObserver.NONE);

            int leader = cluster.leader();
            long entriesBefore = appliedIndex(cluster, leader);
            long writesBefore = writeCalls(cluster, leader);
            UsageMeter meter = new UsageMeter(cluster, ProcessHandle.current().pid());
            meter.windowBegins();
            LoadResult result = LoadRun.run(target, spec, LoadObserver.NONE);
            meter.windowEnded();
            List<ServerUsage> servers = meter.usage(result).servers();
            long entries = appliedIndex(cluster, leader) - entriesBefore;
            long writes = writeCalls(cluster, leader) - writesBefore;

            assertThat(result.failed()).isZero();
            assertThat(cluster.leader()).as("the leader stayed").isEqualTo(leader);
            assertThat(result.completedInAll() / (double) entries)
                    .as("puts per entry")
                    .isGreaterThan(PUTS_PER_ENTRY_MIN);
            assertThat(writes / (double) entries)
                    .as("write calls of the leader per entry")
                    .isLessThan(WRITE_CALLS_PER_ENTRY_MAX);
            for (ServerUsage server : servers) {
                assertThat(server.allocatedBytesPerOperation())
                        .as("bytes allocated per put by " + server)
                        .isBetween(
                                1.0,
                                server.leader()
                                        ? LEADER_BYTES_PER_PUT_MAX
                                        : FOLLOWER_BYTES_PER_PUT_MAX);
            }
        }
    }

    private static LoadSpec spec() {
        return new LoadSpec(
                Workload.PUT,
                10_000,
                Distribution.UNIFORM,
                16,
                128,
                4,
                OUTSTANDING,
                0,
                Duration.ZERO,
                Duration.ofSeconds(6),
                1,
                1);
    }

    private static long appliedIndex(FenceKvCluster cluster, int node) {
        NodeStatus status = cluster.status(node);
        assertThat(status).as("the leader's status").isNotNull();
        return status.appliedIndex();
    }

    /** System calls that write to files and sockets, as the kernel counts them. */
    private static long writeCalls(FenceKvCluster cluster, int node) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + cluster.node(node).pid() + "/io")).stream()
                .filter(line -> line.startsWith("syscw: "))
                .mapToLong(line -> Long.parseLong(line.substring("syscw: ".length())))
                .findFirst()
                .orElseThrow();
    }
}
