package dev.fencekv.server.store;

import static dev.fencekv.server.store.Records.MIB;
import static dev.fencekv.server.store.Records.key;
import static dev.fencekv.server.store.Records.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.check.InvariantViolation;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.state.KvStore;
import dev.fencekv.server.state.RecordCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ExternalMapQueryContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The measured traps of Chronicle Map 2026.1 (DESIGN section 9, ADR 0003), each with a test. Some
 * test the library alone: if one of those fails after an upgrade, a trap is gone, and so may be
 * what we do about it.
 */
class ChronicleTrapsTest {
    // Rule 1: a full map destroys the old value on a growing overwrite.

    @Test
    void aGrowingOverwriteOfAFullRawMapDestroysTheOldValue() {
        try (ChronicleMap<byte[], byte[]> map =
                ChronicleMap.of(byte[].class, byte[].class)
                        .averageKeySize(8)
                        .averageValueSize(200)
                        .entries(1000)
                        .actualSegments(1)
                        .create()) {
            int inserted = fillUntilItThrows(map);
            long sizeBefore = map.longSize();

            assertThatThrownBy(() -> map.put(rawKey(0), new byte[2000]))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("extra segment tier");

            assertThat(inserted).isGreaterThan(1000);
            assertThat(map.longSize()).isEqualTo(sizeBefore - 1);
        }
    }

    @Test
    void aFailureOfTheMapInAWriteIsAnInvariantViolation() {
        MapSizing tooSmallForTheQuota = new MapSizing(1, MapSizing.LARGEST_RECORD_CHUNKS, 100, 1);
        try (ChronicleKvStore store = ChronicleKvStore.open(8 * MIB, 1, tooSmallForTheQuota)) {
            assertThatThrownBy(
                            () -> {
                                for (int i = 0; i < 16; i++) {
                                    store.put(key(i), record(i, 400_000));
                                }
                            })
                    .isInstanceOf(InvariantViolation.class)
                    .hasMessageContaining("key")
                    .hasRootCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void theChargeCoversWhatTheMapTakes() {
        int chunks = 2 * MapSizing.LARGEST_RECORD_CHUNKS;
        for (int keyBytes : new int[] {9, 119, 120, 121, 1000}) {
            for (int recordChunks : new int[] {20, 250, 260, 5000}) {
                // The largest value that costs no more, so that the charge has nothing to spare.
                int valueBytes =
                        recordChunks * RecordCodec.CHUNK_BYTES
                                - RecordCodec.OVERHEAD_BYTES
                                - RecordCodec.HEADER_BYTES
                                - keyBytes;
                try (ChronicleKvStore store =
                        ChronicleKvStore.open(
                                8 * MIB, 1, new MapSizing(1, chunks, chunks / 2, 1))) {
                    int tiersBefore = store.remainingTiers();
                    for (int i = 0; i < chunks / recordChunks; i++) {
                        byte[] key = ByteBuffer.allocate(keyBytes).putInt(i).array();
                        store.put(Key.copyOf(key), record(i, valueBytes));
                    }
                    assertThat(store.remainingTiers()).isEqualTo(tiersBefore);
                }
            }
        }
    }

    // Rule 2: memory only. Rule 4: no javac at start, with the options that we ship.

    @Test
    void aProcessWithOurJvmOptionsUsesTheStoreWithoutJavacAndLeavesNoFile(@TempDir Path directory)
            throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "@" + Path.of("..", "scripts", "jvm.options").toAbsolutePath(),
                                "-Xlog:class+load:stdout",
                                "-Xmx64m",
                                "-XX:-UsePerfData",
                                "-Djava.io.tmpdir=" + directory,
                                "-Duser.home=" + directory,
                                "-cp",
                                System.getProperty("java.class.path"),
                                StoreProcess.class.getName())
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(lastCharacters(output)).isZero();
        assertThat(linesWith(StoreProcess.DONE, output)).hasSize(1);
        assertThat(linesWith("VanillaGlobalMutableState$$Native source: ", output)).hasSize(1);
        // The compiler is looked up, but never attributes a class.
        assertThat(linesWith("com.sun.tools.javac.comp.Attr ", output)).isEmpty();
        assertThat(linesWith("WARNING:", output)).isEmpty();
        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    // Rule 3: the library's analytics call home.

    @Test
    void analyticsAreAbsentAndSwitchedOff() {
        assertThatThrownBy(() -> Class.forName("net.openhft.chronicle.analytics.Analytics"))
                .isInstanceOf(ClassNotFoundException.class);
        assertThat(System.getProperty("chronicle.analytics.disable")).isEqualTo("true");
    }

    // Rule 4, the other half: PreGeneratedClassTest, JvmOptionsTest.

    @Test
    void thePreGeneratedClassIsOnTheClassPath() throws Exception {
        Class<?> generated =
                Class.forName("net.openhft.chronicle.hash.VanillaGlobalMutableState$$Native");
        assertThat(generated.getProtectionDomain().getCodeSource().getLocation())
                .isEqualTo(
                        ChronicleKvStore.class.getProtectionDomain().getCodeSource().getLocation());
    }

    // Rule 5: more segments make the largest record smaller.

    @Test
    void aLayoutThatCannotHoldTheLargestRecordIsRefusedAtOpen() {
        MapSizing fits = new MapSizing(16, MapSizing.LARGEST_RECORD_CHUNKS, 100, 1);
        MapSizing oneChunkLess = new MapSizing(16, MapSizing.LARGEST_RECORD_CHUNKS - 1, 100, 1);

        ChronicleKvStore.open(MIB, 1, fits).close();
        assertThatThrownBy(() -> ChronicleKvStore.open(MIB, 1, oneChunkLess))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("largest record");
    }

    @Test
    void theProbeLeavesNothingBehindAndNeedsNoQuota() {
        try (ChronicleKvStore store = ChronicleKvStore.open(1, 1)) {
            assertThat(store.size()).isZero();
            for (int shard = 0; shard < store.shards(); shard++) {
                store.forEachInShard(
                        shard,
                        (key, record) -> {
                            throw new AssertionError(key);
                        });
            }
        }
    }

    // Rule 6, readers copy under the lock: KvStoreContractTest, and here across tiers.

    @Test
    void aRecordReadsTheSameWhileItsNeighboursMoveItToOtherTiers() {
        try (ChronicleKvStore store =
                ChronicleKvStore.open(
                        64 * MIB,
                        1,
                        new MapSizing(1, MapSizing.LARGEST_RECORD_CHUNKS, 4000, 300))) {
            int tiersBefore = store.remainingTiers();
            for (int valueBytes = 1000; valueBytes <= 256_000; valueBytes *= 2) {
                for (int i = 0; i < 200; i++) {
                    store.put(key(i), record(valueBytes + i, valueBytes));
                }
                for (int i = 0; i < 200; i++) {
                    assertThat(store.get(key(i))).isEqualTo(record(valueBytes + i, valueBytes));
                }
            }
            List<Versioned> visited = new ArrayList<>();
            store.forEachInShard(0, (key, record) -> visited.add(record.decode()));
            assertThat(visited).hasSize(200).allMatch(Records::isWhole);
            assertThat(store.remainingTiers()).isLessThan(tiersBefore - 50);
        }
    }

    // The map's hash has no seed.

    @Test
    void keysThatCrowdOneSegmentOfTheRawMapSpreadOverOurs() {
        int shards = MapSizing.forQuota(MIB).segments();
        List<Key> crowd = keysOfOneRawSegment(shards, 4000);
        for (long seed = 1; seed <= 3; seed++) {
            try (ChronicleKvStore store = ChronicleKvStore.open(8 * MIB, seed)) {
                int[] load = new int[store.shards()];
                for (Key key : crowd) {
                    try (KvStore.Slot slot = store.hold(key)) {
                        load[slot.shard()]++;
                    }
                }
                assertThat(load).hasSize(shards);
                for (int keys : load) {
                    // 250 on average, standard deviation 15.
                    assertThat(keys).isBetween(150, 350);
                }
            }
        }
    }

    private static List<Key> keysOfOneRawSegment(int segments, int count) {
        List<Key> keys = new ArrayList<>();
        try (ChronicleMap<byte[], byte[]> raw =
                ChronicleMap.of(byte[].class, byte[].class)
                        .averageKeySize(16)
                        .averageValueSize(16)
                        .entries(1000)
                        .actualSegments(segments)
                        .create()) {
            for (int i = 0; keys.size() < count; i++) {
                Key key = key(i);
                try (ExternalMapQueryContext<byte[], byte[], ?> query =
                        raw.queryContext(key.toByteArray())) {
                    if (query.segmentIndex() == 0) {
                        keys.add(key);
                    }
                }
            }
        }
        return keys;
    }

    private static int fillUntilItThrows(ChronicleMap<byte[], byte[]> map) {
        for (int i = 0; ; i++) {
            try {
                map.put(rawKey(i), new byte[200]);
            } catch (IllegalStateException full) {
                return i;
            }
        }
    }

    private static byte[] rawKey(int i) {
        return ByteBuffer.allocate(8).putLong(i).array();
    }

    private static List<String> linesWith(String text, String output) {
        return output.lines().filter(line -> line.contains(text)).toList();
    }

    private static String lastCharacters(String output) {
        return output.substring(Math.max(0, output.length() - 2000));
    }
}
