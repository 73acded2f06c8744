package dev.fencekv.server.replication.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentLogTest {
    private static final int SEGMENT_BYTES = 16 * 1024;

    private final SimulatedDisk disk = new SimulatedDisk(new SplittableRandom(1));
    private final List<String> fatal = new ArrayList<>();
    private final List<String> replayed = new ArrayList<>();

    private SegmentLog open(Disk from) throws IOException {
        return SegmentLog.open(
                from, SEGMENT_BYTES, replay(), Runnable::run, (line, cause) -> fatal.add(line));
    }

    private SegmentLog.Replay replay() {
        replayed.clear();
        return new SegmentLog.Replay() {
            @Override
            public void entry(long index, long term, int type, ByteBuffer payload) {
                replayed.add(index + "=" + text(payload));
            }

            @Override
            public void keep(long first, long next) {
                replayed.add("keep " + first + ".." + next);
            }
        };
    }

    private static String text(ByteBuffer payload) {
        return StandardCharsets.UTF_8.decode(payload.duplicate()).toString();
    }

    private static void append(SegmentLog log, String... payloads) throws IOException {
        long index = log.lastIndex() + 1;
        for (String payload : payloads) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(payload);
            log.append(index++, 7, 1, bytes);
            assertThat(bytes.remaining()).as("borrowed").isEqualTo(payload.length());
        }
        log.sync();
    }

    private static void appendMany(SegmentLog log, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            append(log, "x".repeat(1000));
        }
    }

    private static Optional<String> read(SegmentLog log, long index) throws IOException {
        return log.read(index).map(entry -> text(entry.payload()));
    }

    private String segment(int sequence) {
        return Segment.name(sequence);
    }

    private void assertCorrupt(SimulatedDisk from, String... said) {
        assertThatThrownBy(() -> open(from))
                .isInstanceOf(LogCorruptedException.class)
                .hasMessageContainingAll(said);
    }

    // --- what is there -------------------------------------------------------------------------

    @Test
    void aNewLogIsEmptyAndBeginsWithOne() throws IOException {
        SegmentLog log = open(disk);
        assertThat(log.firstIndex()).isEqualTo(1);
        assertThat(log.lastIndex()).isZero();
        assertThat(log.read(1)).isEmpty();
    }

    @Test
    void anEntryIsNotThereBeforeItIsSynced() throws IOException {
        SegmentLog log = open(disk);
        log.append(1, 7, 1, ByteBuffer.allocate(10));
        assertThat(log.lastIndex()).isZero();
        assertThat(log.read(1)).isEmpty();
        log.sync();
        assertThat(log.lastIndex()).isEqualTo(1);
        assertThat(log.read(1)).isPresent();
    }

    @Test
    void whatIsThereIsHeardWhenTheLogIsOpened() throws IOException {
        SegmentLog log = open(disk);
        append(log, "a", "b", "c");
        log.truncateSuffix(1);
        append(log, "B");
        log.close();
        open(disk);
        assertThat(replayed)
                .filteredOn(line -> !line.startsWith("keep 1..4"))
                .contains("1=a", "2=b", "3=c", "keep 1..2", "2=B");
    }

    @Test
    void anEntryOutOfOrderStopsTheLog() throws IOException {
        SegmentLog log = open(disk);
        append(log, "a");
        assertThatThrownBy(() -> log.append(3, 7, 1, ByteBuffer.allocate(0)))
                .hasMessageContaining("in order: 3, 2");
        assertThat(fatal).hasSize(1);
    }

    @Test
    void anEntryMayFillASegment() throws IOException {
        SegmentLog log = open(disk);
        String large = "x".repeat(SEGMENT_BYTES - Segment.FIRST_RECORD - 200);
        append(log, "a", large, "b", large, large);
        log.close();
        SegmentLog again = open(disk);
        assertThat(read(again, 4)).hasValue(large);
        assertThat(again.lastIndex()).isEqualTo(5);
    }

    @Test
    void segmentsBeforeTheFirstEntryAreUsedAgain() throws IOException {
        SegmentLog log = open(disk);
        for (int round = 0; round < 50; round++) {
            appendMany(log, 20);
            log.truncatePrefix(log.lastIndex() - 2);
        }
        assertThat(disk.names()).hasSizeLessThan(10);
        SegmentLog again = open(disk);
        assertThat(again.firstIndex()).isEqualTo(998);
        assertThat(again.lastIndex()).isEqualTo(1000);
    }

    /** As the last records of a former use would, just behind the end of the present one. */
    @Test
    void aUsedSegmentShowsNothingOfItsPast() throws IOException {
        SegmentLog log = open(disk);
        appendMany(log, 8);
        log.truncatePrefix(9);
        while (disk.names().stream().noneMatch(SegmentSupply::isSpare)) {
            appendMany(log, 8);
            log.truncatePrefix(log.lastIndex() + 1);
        }
        long next = log.lastIndex() + 1;
        log.reset(next);
        append(log, "x".repeat(1000));
        log.close();
        SegmentLog again = open(disk);
        assertThat(again.firstIndex()).isEqualTo(next);
        assertThat(again.lastIndex()).isEqualTo(next);
    }

    // --- what is broken ------------------------------------------------------------------------

    @Test
    void aFlippedBitInAnEntryThatIsReadStopsTheNode() throws IOException {
        SegmentLog log = open(disk);
        append(log, "first", "second");
        disk.flip(segment(1), indexOf(disk.bytes(segment(1)), "second"), 0);
        assertThat(read(log, 1)).hasValue("first");
        assertThatThrownBy(() -> log.read(2)).isInstanceOf(LogCorruptedException.class);
        assertThat(fatal).singleElement().asString().contains(segment(1), "offset", "entry 2");
    }

    @Test
    void damageBeforeTheLastBatchIsNeverTakenForTheEnd() throws IOException {
        SegmentLog log = open(disk);
        append(log, "first");
        append(log, "second");
        disk.flip(segment(1), indexOf(disk.bytes(segment(1)), "first"), 0);
        assertCorrupt(disk, segment(1), "offset", "written later");
    }

    /** Of a batch of three the first is lost, and new records end where the third begins. */
    @Test
    void whatIsLeftOfATornWriteNeverFollowsNewRecords() throws IOException {
        SegmentLog log = open(disk);
        append(log, "a");
        append(log, "", "", "");
        int torn = Segment.FIRST_RECORD + 2 * RecordFormat.bytes(0) + RecordFormat.bytes(1);
        disk.erase(segment(1), torn, RecordFormat.bytes(0));

        SegmentLog again = open(disk);
        assertThat(again.lastIndex()).isEqualTo(1);
        append(again, "");
        assertThat(open(disk).lastIndex()).isEqualTo(2);
    }

    @Test
    void theRecordThatGivesSegmentsUpIsConfirmedBeforeTheyGo() throws IOException {
        SegmentLog log = open(disk);
        appendMany(log, 40);
        log.truncatePrefix(35);
        String active = segment(4);
        disk.flip(active, boundsFrom(35, disk.bytes(active)), 0);
        assertCorrupt(disk, active, "written later");
    }

    /** Where the first record is that keeps only the entries from {@code first} on. */
    private static int boundsFrom(long first, byte[] segment) {
        ByteBuffer bytes = ByteBuffer.wrap(segment);
        int at = Segment.FIRST_RECORD;
        while (RecordFormat.kind(bytes, at) != RecordFormat.BOUNDS
                || RecordFormat.first(bytes, at) != first) {
            at += RecordFormat.bytes(RecordFormat.length(bytes, at));
        }
        return at;
    }

    @Test
    void theLastBatchIsConfirmedOnceNothingMoreComes() throws IOException {
        SegmentLog log = open(disk);
        append(log, "first");
        append(log, "last");
        log.confirmIfQuiet(); // Something has come since the last call.

        SimulatedDisk unconfirmed = disk.copy();
        unconfirmed.flip(segment(1), indexOf(disk.bytes(segment(1)), "last"), 0);
        assertThat(open(unconfirmed).lastIndex()).isEqualTo(1);

        log.confirmIfQuiet();
        disk.flip(segment(1), indexOf(disk.bytes(segment(1)), "last"), 0);
        assertCorrupt(disk, segment(1));
    }

    /** The thread that confirms must not have to wait for a new segment. */
    @Test
    void thereIsAlwaysRoomForTheConfirmation() throws IOException {
        String last = "the last";
        for (int left = 0; left <= 96; left += RecordFormat.ALIGNMENT) {
            SimulatedDisk full = new SimulatedDisk(new SplittableRandom(left));
            SegmentLog log = open(full);
            int used = Segment.FIRST_RECORD + 4 * RecordFormat.HEADER_BYTES + last.length();
            append(log, "x".repeat(SEGMENT_BYTES - used - left));
            append(log, last);
            log.close();
            for (String name : full.names()) {
                int found = indexOf(full.bytes(name), last);
                if (found >= 0) {
                    ByteBuffer bytes = ByteBuffer.wrap(full.bytes(name));
                    assertThat(RecordFormat.kind(bytes, found + last.length()))
                            .as("with " + left + " bytes left")
                            .isEqualTo(RecordFormat.BOUNDS);
                }
            }
        }
    }

    @Test
    void aLogThatWasClosedIsConfirmed() throws IOException {
        SegmentLog log = open(disk);
        append(log, "last");
        log.close();
        disk.flip(segment(1), indexOf(disk.bytes(segment(1)), "last"), 0);
        assertCorrupt(disk, segment(1));
    }

    @Test
    void nothingIsWrittenWhileTheLogIsConfirmedAndQuiet() throws IOException {
        SegmentLog log = open(disk);
        append(log, "a");
        for (int i = 0; i < 3; i++) {
            log.confirmIfQuiet();
        }
        long operations = disk.operations;
        log.confirmIfQuiet();
        assertThat(disk.operations).isEqualTo(operations);
    }

    @Test
    void anyMissingSegmentIsMissed() throws IOException {
        SegmentLog log = open(disk);
        appendMany(log, 60);
        log.close();
        List<String> names = disk.names();
        assertThat(names).hasSizeGreaterThan(5);
        for (String name : names.subList(0, names.size() - 1)) {
            SimulatedDisk damaged = disk.copy();
            damaged.remove(name);
            assertCorrupt(damaged, "missing");
            assertThat(damaged.names()).as("left as they are").hasSize(names.size() - 1);
        }
    }

    @Test
    void aSegmentThatWasCutShortIsRefused() throws IOException {
        open(disk).close();
        disk.truncate(segment(1), SEGMENT_BYTES - 1);
        assertCorrupt(disk, segment(1), "16383 bytes instead of 16384");
    }

    @Test
    void aSegmentOfAnotherLogIsRefused() throws IOException {
        SimulatedDisk other = new SimulatedDisk(new SplittableRandom(2));
        for (SimulatedDisk each : List.of(disk, other)) {
            SegmentLog log = open(each);
            appendMany(log, 30);
            log.close();
        }
        System.arraycopy(other.bytes(segment(2)), 0, disk.bytes(segment(2)), 0, SEGMENT_BYTES);
        assertCorrupt(disk, segment(2), "does not follow");
    }

    private static int indexOf(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    }

    // --- what fails ----------------------------------------------------------------------------

    @Test
    void afterAFailedSyncNothingIsEverWrittenAgain() throws IOException {
        SegmentLog log = open(disk);
        append(log, "a");
        disk.failNextSync();
        assertThatThrownBy(() -> append(log, "b")).hasMessageContaining("Input/output error");
        assertThat(fatal)
                .singleElement()
                .asString()
                .contains("cannot sync disk/" + segment(1), "Input/output error", "check the disk");

        long operations = disk.operations;
        assertThatThrownBy(() -> append(log, "b")).hasMessageContaining("failed before");
        assertThatThrownBy(() -> log.truncateSuffix(0)).hasMessageContaining("failed before");
        log.confirmIfQuiet();
        log.close();
        assertThat(disk.operations).isEqualTo(operations);
        assertThat(fatal).hasSize(1);
    }

    @Test
    void aFullDiskIsSaidWithTheFilesName() throws IOException {
        // One segment and its successor, and a little.
        SegmentLog log = open(new FaultyDisk(disk, "full-after=" + (2 * SEGMENT_BYTES + 1500)));
        appendUntilFailed(log);
        assertThat(fatal).singleElement().asString().contains("cannot write disk/" + segment(1));
    }

    @Test
    void aDiskWithoutRoomForTheNextSegmentStopsTheNodeBeforeItIsNeeded() throws IOException {
        SegmentLog log = open(new FaultyDisk(disk, "full-after=" + 3 * SEGMENT_BYTES));
        appendUntilFailed(log);
        assertThat(fatal)
                .singleElement()
                .asString()
                .contains("cannot make disk/" + segment(3) + " ready", "No space left");
    }

    private void appendUntilFailed(SegmentLog log) {
        assertThatThrownBy(() -> appendMany(log, 100)).isInstanceOf(IOException.class);
    }

    @Test
    void shortWritesAreGoneOnWith() throws IOException {
        SegmentLog log = open(new FaultyDisk(disk, "short-writes"));
        appendMany(log, 30);
        log.close();
        assertThat(open(disk).lastIndex()).isEqualTo(30);
    }

    @Test
    void anUnknownFaultIsRefused() {
        assertThatThrownBy(() -> new FaultyDisk(disk, "bad-mood")).hasMessageContaining("bad-mood");
    }

    // --- real files, many threads --------------------------------------------------------------

    @Test
    void readersFindWhatWasAppendedOrNothing(@TempDir Path directory) throws Exception {
        ExecutorService background = Executors.newSingleThreadExecutor();
        ExecutorService readers = Executors.newFixedThreadPool(2);
        AtomicBoolean done = new AtomicBoolean();
        try (SegmentLog log =
                SegmentLog.open(
                        new DirectoryDisk(directory),
                        SEGMENT_BYTES,
                        replay(),
                        background,
                        (line, cause) -> fatal.add(line))) {
            List<CompletableFuture<Long>> reading = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                SplittableRandom random = new SplittableRandom(i);
                reading.add(
                        CompletableFuture.supplyAsync(() -> readUntil(done, log, random), readers));
            }
            for (int round = 0; round < 150; round++) {
                long index = log.lastIndex() + 1;
                append(log, "e" + index, "e" + (index + 1), "e" + (index + 2));
                append(log, "x".repeat(3000));
                log.truncateSuffix(log.lastIndex() - 1);
                if (round % 7 == 0) {
                    log.truncatePrefix(log.lastIndex() - 5);
                }
            }
            done.set(true);
            for (CompletableFuture<Long> each : reading) {
                assertThat(each.orTimeout(20, TimeUnit.SECONDS).join()).isPositive();
            }
            background.shutdown();
            assertThat(background.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            assertThat(fatal).isEmpty();
        } finally {
            background.shutdown();
            readers.shutdown();
        }
    }

    private static long readUntil(AtomicBoolean done, SegmentLog log, SplittableRandom random) {
        long found = 0;
        while (!done.get() || found == 0) {
            long last = log.lastIndex();
            long index = Math.max(1, last - random.nextInt(40));
            try {
                Optional<String> text = read(log, index);
                if (text.isPresent()) {
                    assertThat(text.get()).matches("e" + index + "|x+");
                    found++;
                }
            } catch (IOException e) {
                throw new AssertionError("entry " + index, e);
            }
        }
        return found;
    }

    @Test
    void appendingMakesNoCopyOfAnEntry(@TempDir Path directory) throws IOException {
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        ByteBuffer payload = ByteBuffer.allocate(4096);
        int entries = 200;
        try (SegmentLog log =
                SegmentLog.open(
                        new DirectoryDisk(directory),
                        4 * 1024 * 1024,
                        replay(),
                        Runnable::run,
                        (line, cause) -> fatal.add(line))) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 1; i <= entries; i++) {
                log.append(i, 1, 1, payload);
                log.sync();
            }
            assertThat((threads.getCurrentThreadAllocatedBytes() - before) / entries)
                    .as("bytes for an entry of 4096")
                    .isLessThan(512);
        }
    }
}
