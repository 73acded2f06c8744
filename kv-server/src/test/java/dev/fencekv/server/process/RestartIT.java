package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes that are stopped in good order and started again, as for an upgrade or a move. */
@Timeout(240)
class RestartIT {
    private static final int CLIENTS = 4;
    private static final long SEED = 1;

    /** What a JVM ends with on SIGTERM, however cleanly. */
    private static final int ENDED_BY_SIGTERM = 143;

    private static final String SNAPSHOT = "snapshot_";

    @RegisterExtension final Processes processes = new Processes();

    private ProcessCluster cluster;

    /** Each client hears of each of its writes what became of it, and it became that. */
    @Test
    void aRollingRestartUnderLoadLosesNothingAndLeavesNothingInDoubt() throws IOException {
        cluster = ProcessCluster.start(processes);
        Workload workload = Workload.startPatient(cluster, CLIENTS, SEED);
        for (int node = 0; node < cluster.size(); node++) {
            workload.awaitProgress(50);
            stopCleanly(node);
            workload.awaitProgress(50);
            cluster.start(node);
            cluster.awaitUp(node);
        }
        workload.awaitProgress(50);
        workload.stop();
        System.out.println(workload.summary());
        workload.checkNothingIsInDoubt();
        KillNineIT.checkEveryNode(cluster, workload);
    }

    /** All at once, in good order and then by kill -9, as when the power fails. */
    @Test
    void whatWasAcknowledgedIsThereAfterAllNodesWereDown() throws IOException {
        cluster = ProcessCluster.start(processes);
        Workload workload = Workload.start(cluster, CLIENTS, SEED);
        workload.awaitProgress(100);
        for (int node = 0; node < cluster.size(); node++) {
            cluster.process(node).terminate();
        }
        for (int node = 0; node < cluster.size(); node++) {
            assertThat(cluster.process(node).awaitExit()).isEqualTo(ENDED_BY_SIGTERM);
        }
        startAll();
        workload.awaitProgress(100);
        for (int node = 0; node < cluster.size(); node++) {
            cluster.kill(node);
        }
        startAll();
        workload.awaitProgress(50);
        workload.stop();
        System.out.println(workload.summary());
        KillNineIT.checkEveryNode(cluster, workload);
    }

    private void startAll() {
        for (int node = 0; node < cluster.size(); node++) {
            cluster.start(node);
        }
        for (int node = 0; node < cluster.size(); node++) {
            cluster.awaitUp(node);
        }
    }

    /**
     * The others have dropped the log that it would need. It takes no snapshots of its own here, so
     * one in its directory is the leader's.
     */
    @Test
    void aNodeThatWasAwayForTooLongComesBackByASnapshotOfTheLeader() throws IOException {
        cluster = ProcessCluster.start(processes);
        KvClient client = cluster.client("writer");
        int away = cluster.follower();
        client.put("overwritten", "before");
        client.put("removed", "before");
        WriteResult last = client.put("kept", "before");
        await().atMost(JavaProcess.PATIENCE).until(() -> cluster.hasApplied(away, last.revision()));
        long index = cluster.status(away).orElseThrow().appliedIndex();
        stopCleanly(away);
        for (int node = 0; node < cluster.size(); node++) {
            if (node != away) {
                stopCleanly(node);
                cluster.start(node, "", "--snapshot-entries", "100");
            }
        }
        cluster.awaitWritable();
        client.put("overwritten", "after");
        client.delete("removed");
        for (int node = 0; node < cluster.size(); node++) {
            if (node != away) {
                writeUntilItsLogBeginsAfter(index, node, client);
            }
        }
        assertThat(newestSnapshot(away)).isZero();

        cluster.start(away);
        cluster.awaitUp(away);
        WriteResult now = client.put("now", "all");
        cluster.awaitEverywhere("now", "all", now.revision());
        assertThat(newestSnapshot(away)).isGreaterThan(index);
        cluster.awaitEverywhere("kept", "before", now.revision());
        cluster.awaitEverywhere("overwritten", "after", now.revision());
        cluster.awaitEverywhere("removed", "-", now.revision());
        cluster.checkDigestsEqual();

        cluster.kill(away); // And once more, from that snapshot on its own disk.
        cluster.start(away);
        cluster.awaitUp(away);
        cluster.checkDigestsEqual();
    }

    /** The engine keeps the log from one snapshot to the next, for those who are a little late. */
    private void writeUntilItsLogBeginsAfter(long index, int node, KvClient client) {
        long first = writeUntilSnapshotAfter(index, node, client);
        writeUntilSnapshotAfter(first, node, client);
    }

    private long writeUntilSnapshotAfter(long index, int node, KvClient client) {
        return await("node" + node + " has a snapshot after entry " + index)
                .atMost(JavaProcess.PATIENCE)
                .until(
                        () -> {
                            writeSome(client);
                            return newestSnapshot(node);
                        },
                        snapshot -> snapshot > index);
    }

    private static void writeSome(KvClient client) {
        List<CompletableFuture<WriteResult>> puts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            puts.add(client.putAsync(Key.of("k" + i % 50), Value.of("v" + i), WriteOptions.NONE));
        }
        puts.forEach(CompletableFuture::join);
    }

    /** The last entry in it; 0 if there is none. */
    private long newestSnapshot(int node) throws IOException {
        Path directory = cluster.directory(node).resolve("snapshot");
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(SNAPSHOT))
                    .mapToLong(name -> Long.parseLong(name.substring(SNAPSHOT.length())))
                    .max()
                    .orElse(0);
        }
    }

    private void stopCleanly(int node) {
        assertThat(cluster.stop(node)).isEqualTo(ENDED_BY_SIGTERM);
        assertThat(cluster.process(node).errLines())
                .last()
                .asString()
                .as("ended in good order")
                .endsWith("stopped");
    }
}
