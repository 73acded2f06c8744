package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A node whose disk is full, does not sync, or gives back other bytes than were written stops with
 * a line that names the file or directory; the others go on serving. Without root: by a limit on
 * the size of files, by the disk that fails on request, and by flipping bytes.
 */
@Timeout(240)
class BrokenDiskIT {
    private static final int FAILED = 1;
    private static final byte[] BLOCK = new byte[64 * 1024];

    /** Before it, a segment of the log has its header. */
    private static final int RECORDS_AT = 4096;

    /** Many times what a file may hold below. */
    private static final int BLOCKS_MAX = 600;

    @RegisterExtension final Processes processes = new Processes();

    private ProcessCluster cluster;
    private KvClient client;

    private void startCluster(String... options) {
        cluster = ProcessCluster.start(processes, options);
        client = cluster.client("writer");
    }

    // --- a disk that fails while the node runs -------------------------------------------------

    @Test
    void aNodeWhoseDiskIsFullStopsAndTheOthersServe() {
        startCluster();
        int node = cluster.follower();
        cluster.stop(node);
        // In units of 1024 bytes: no file may grow above 4 MiB.
        cluster.start(node, "ulimit -f 4096");
        cluster.awaitUp(node);
        writeBlocksUntilEnded(node);
        assertStopped(node, cluster.directory(node).toString());
        othersServe();
    }

    @Test
    void aLeaderWhoseDiskIsFullStopsAndTheOthersServe() {
        startCluster();
        int node = cluster.leader();
        // In units of 1024 bytes: no file may grow above 4 MiB.
        restartAsLeader(node, "ulimit -f 4096");
        writeBlocksUntilEnded(node);
        assertStopped(node, cluster.directory(node).toString());
        othersServe();
    }

    /** Restarted so; it leads again because the others are paused one after the other. */
    private void restartAsLeader(int node, String limit) {
        cluster.stop(node);
        cluster.start(node, limit);
        cluster.awaitUp(node);
        for (int tries = 0; tries < 20 && cluster.leader() != node; tries++) {
            int leader = cluster.leader();
            cluster.process(leader).pause();
            await().atMost(JavaProcess.PATIENCE)
                    .until(() -> cluster.leaderNow().filter(now -> now != leader).isPresent());
            cluster.process(leader).resume();
            cluster.awaitUp(leader);
        }
        assertThat(cluster.leader()).isEqualTo(node);
    }

    @Test
    void aNodeWhoseDiskCannotSyncStopsAndTheOthersServe() {
        startCluster();
        int node = cluster.follower();
        cluster.stop(node);
        cluster.start(node, failing("sync-error-after=40"));
        cluster.awaitUp(node);
        writeBlocksUntilEnded(node);
        assertStopped(node, ".segment: Input/output error");
        othersServe();

        cluster.start(node);
        cluster.awaitUp(node);
        client.put("after", "repair");
        cluster.awaitEverywhere("after", "repair", client.lastSeenRevision());
    }

    @Test
    void aLeaderWhoseDiskCannotSyncStopsAndNothingAcknowledgedIsLost() {
        startCluster();
        writeRecords(20);
        int node = cluster.leader();
        restartAsLeader(node, failing("sync-error-after=100"));
        writeBlocksUntilEnded(node);
        assertStopped(node, ".segment: Input/output error");
        othersServe();
        assertThat(client.get("record/19").value()).hasValue(Value.of("19"));
    }

    private static String failing(String faults) {
        return "export JAVA_TOOL_OPTIONS=-Dfencekv.test.disk=" + faults;
    }

    private void writeBlocksUntilEnded(int node) {
        for (int i = 0; i < BLOCKS_MAX && cluster.process(node).isAlive(); i++) {
            try {
                client.put(Key.of("block/" + i % 8), Value.copyOf(BLOCK), WriteOptions.NONE);
            } catch (FenceKvException e) {
                // While the others elect a leader.
            }
        }
    }

    // --- a disk that gives back other bytes ----------------------------------------------------

    @Test
    void aFlippedByteInTheLogIsNeverTakenForTheEndOfIt() throws IOException {
        startCluster();
        writeRecords(200);
        int node = cluster.follower();
        cluster.awaitEverywhere("record/199", "199", client.lastSeenRevision());
        cluster.stop(node);
        Path segment = segment(node);
        byte[] intact = Files.readAllBytes(segment);
        List<Integer> records = records(intact);
        // It has nothing behind it but the record that confirms it.
        int lastEntry = records.get(records.size() - 2);

        for (int position : List.of(20, RECORDS_AT, records.get(records.size() / 2), lastEntry)) {
            flip(segment, position);
            assertRefusesToStart(node, segment.toString());
            Files.write(segment, intact);
        }
        othersServe();

        cluster.start(node);
        cluster.awaitUp(node);
        cluster.awaitEverywhere("record/199", "199", client.lastSeenRevision());
    }

    /** What a power cut may leave of a write that was never synced. */
    @Test
    void aTornEndOfTheLogIsNoReasonToStayDown() throws IOException {
        startCluster();
        writeRecords(20);
        int node = cluster.follower();
        cluster.kill(node);
        Path segment = segment(node);
        List<Integer> records = records(Files.readAllBytes(segment));
        int last = records.get(records.size() - 1);
        try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1024), last + 20);
        }
        cluster.start(node);
        cluster.awaitUp(node);
        cluster.awaitEverywhere("record/19", "19", client.lastSeenRevision());
        assertThat(cluster.process(node).errLines())
                .anyMatch(line -> line.contains("cut off") && line.contains(segment.toString()));
    }

    @Test
    void aMissingFileOfTheLogStopsTheNode() throws IOException {
        startCluster();
        int node = cluster.follower();
        cluster.kill(node);
        Files.delete(segment(node));
        assertRefusesToStart(node, "log");
        othersServe();
    }

    @Test
    void aFlippedByteInASnapshotStopsTheNode() throws IOException {
        startCluster("--snapshot-entries", "200");
        int node = cluster.follower();
        Path snapshots = cluster.directory(node).resolve("snapshot");
        await("a snapshot")
                .atMost(JavaProcess.PATIENCE)
                .until(
                        () -> {
                            writeRecords(50);
                            return hasSnapshot(snapshots);
                        });
        cluster.kill(node);
        Path state = newest(snapshots, "state");
        flip(state, Files.size(state) / 2);
        assertRefusesToStart(node, "snapshot");
        othersServe();
    }

    @Test
    void aFlippedByteInTheVotesOrTheIdentityStopsTheNode() throws IOException {
        startCluster();
        int node = cluster.follower();
        cluster.kill(node);
        for (String name : List.of("meta/votes", "fencekv-node")) {
            Path file = cluster.directory(node).resolve(name);
            byte[] intact = Files.readAllBytes(file);
            flip(file, intact.length - 12);
            assertRefusesToStart(node, name);
            Files.write(file, intact);
        }
        cluster.start(node);
        cluster.awaitUp(node);
    }

    // --- helpers -------------------------------------------------------------------------------

    private void writeRecords(int count) {
        for (int i = 0; i < count; i++) {
            client.put("record/" + i, Integer.toString(i));
        }
    }

    private static boolean hasSnapshot(Path snapshots) throws IOException {
        try (Stream<Path> files = Files.walk(snapshots)) {
            return files.anyMatch(
                    file -> file.endsWith("state") && !file.toString().contains("temp"));
        }
    }

    /** The first and, in these tests, only one of the log that is in use. */
    private Path segment(int node) {
        return cluster.directory(node).resolve("log").resolve("0000000000000001.segment");
    }

    /** Where the records begin: each says its length, and is filled up to a multiple of 8. */
    private static List<Integer> records(byte[] segment) {
        ByteBuffer bytes = ByteBuffer.wrap(segment);
        List<Integer> records = new ArrayList<>();
        for (int at = RECORDS_AT;
                bytes.getInt(at) != 0;
                at += 40 + (bytes.getInt(at + 4) + 7) / 8 * 8) {
            records.add(at);
        }
        return records;
    }

    private static Path newest(Path directory, String suffix) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(suffix))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    private static void flip(Path file, long position) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.put(0, (byte) (one.get(0) ^ 0x10));
            channel.write(one.flip(), position);
        }
    }

    private void assertRefusesToStart(int node, String fileOrDirectory) {
        cluster.start(node);
        assertStopped(node, cluster.directory(node).resolve(fileOrDirectory).toString());
    }

    private void assertStopped(int node, String fileOrDirectory) {
        JavaProcess process = cluster.process(node);
        assertThat(process.awaitExit()).as(process.lastWords()).isEqualTo(FAILED);
        assertThat(process.errLines())
                .as("names what is broken")
                .anyMatch(line -> line.contains(fileOrDirectory));
        assertThat(process.errLines())
                .last()
                .asString()
                .startsWith("fencekv-server: ")
                .contains(cluster.directory(node).toString());
        assertThat(process.errLines()).noneMatch(line -> line.startsWith("\tat "));
    }

    private void othersServe() {
        cluster.awaitWritable();
        client.put("others", "serve");
        assertThat(client.get("others").value()).hasValue(Value.of("serve"));
    }
}
