package dev.fencekv.server.replication.log;

import dev.fencekv.check.Check;
import dev.fencekv.server.replication.FatalListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entries of the replicated log, on disk, in segments that are written front to back and never
 * written over. That a suffix or a prefix was dropped is a record, too.
 *
 * <p>Assumptions:
 *
 * <ol>
 *   <li>One thread appends and truncates; any thread reads.
 *   <li>A disk that has synced a write gives it back, or something that its checksum gives away.
 * </ol>
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>What {@link #sync}, {@link #truncatePrefix}, {@link #truncateSuffix} and {@link #reset}
 *       have done stays done after a kill or a power cut; dropped entries never return.
 *   <li>Nothing is written before all that was written earlier is on disk.
 *   <li>After the first error nothing is ever written again, and the listener is told once.
 * </ol>
 */
public final class SegmentLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentLog.class);

    private static final int STAGING_BYTES = 1 << 20;
    private static final int CONFIRMATION_BYTES = RecordFormat.bytes(0);
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /** Hears the entries that are there when the log is opened, in order. */
    public interface Replay {
        /**
         * @param payload borrowed
         */
        void entry(long index, long term, int type, ByteBuffer payload);

        /** Of all entries so far, only those from {@code first} up to {@code next} are left. */
        void keep(long first, long next);
    }

    private final FatalListener fatal;
    private final LiveEntries entries;
    private final SegmentSupply supply;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    /** Guards what follows. */
    private final ReentrantLock writing = new ReentrantLock();

    private final CRC32C crc = new CRC32C();

    /** Null only while the first segment is made. */
    private @Nullable Segment active;

    /** What follows the active segment's first {@code written} bytes. */
    private ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);

    private int written = Segment.FIRST_RECORD;

    /** The active segment is on disk up to here. */
    private int synced = Segment.FIRST_RECORD;

    /** Where the entries lie that are not synced yet. */
    private int[] unsynced = new int[256];

    private int unsyncedCount;

    /** Whether something was written behind the last entry, so that it is known to be synced. */
    private boolean confirmed = true;

    private boolean quiet = true;

    private SegmentLog(
            Disk disk, int segmentBytes, Recovery found, Executor background, FatalListener fatal) {
        this.fatal = fatal;
        this.entries = found.entries();
        this.supply =
                new SegmentSupply(disk, segmentBytes, found.spares(), background, this::failed);
    }

    /**
     * Reads and checks all that is there. Throws {@link LogCorruptedException} if something that
     * was synced is not as it was.
     *
     * @param background where segments are made ready; told nothing more once the log is closed
     * @param fatal told if the log can no longer be written
     */
    public static SegmentLog open(
            Disk disk, int segmentBytes, Replay replay, Executor background, FatalListener fatal)
            throws IOException {
        Recovery found = Recovery.run(disk, replay);
        SegmentLog log = new SegmentLog(disk, segmentBytes, found, background, fatal);
        try {
            log.begin(found);
            return log;
        } catch (IOException | RuntimeException e) {
            log.closeFiles();
            throw e;
        }
    }

    private void begin(Recovery found) throws IOException {
        if (found.isNew()) {
            supply.prepare(1);
            startSegment(supply.take(), EMPTY);
            syncActive();
            supply.prepare(2);
        } else {
            active = found.last();
            written = found.end();
            synced = found.end();
            settle(found.last(), found.lastBatch(), found.end());
            supply.prepare(found.last().sequence() + 1);
            if (found.isTorn()) {
                LOG.warn(
                        "{} ends at offset {} in a write that was cut short, and never"
                                + " acknowledged: it is cut off",
                        found.last().path(),
                        found.end());
                // What is left of it must not follow records that are written from now on.
                roll();
            }
        }
        confirm();
        supply.recycle(entries.removeUnneeded());
        LOG.info(
                "the log holds {} entries from {} on, in {} segments",
                entries.next() - entries.first(),
                entries.first(),
                entries.segmentCount());
    }

    /**
     * The last batch may not be on disk: the process may have ended before its sync, or because of
     * it. HAZARD: after a failed sync the system may believe that its copy in memory is on disk;
     * only a new write makes the next sync write it.
     */
    private static void settle(Segment segment, int from, int to) throws IOException {
        ByteBuffer batch = ByteBuffer.allocate(to - from);
        segment.read(batch, from);
        segment.write(batch.flip(), from);
        segment.sync();
    }

    /** 1 in a new log. */
    public long firstIndex() {
        return entries.first();
    }

    /** One less than {@link #firstIndex} if there is none. */
    public long lastIndex() {
        return entries.next() - 1;
    }

    // --- writing -------------------------------------------------------------------------------

    /** The next entry. It is neither on disk nor read before {@link #sync}. Borrows the payload. */
    public void append(long index, long term, int type, ByteBuffer payload) throws IOException {
        // Not as write(() -> …): that would make an object for each entry.
        writing.lock();
        try {
            checkUsable();
            Check.invariant(
                    index == entries.next() + unsyncedCount,
                    "entries are appended in order",
                    index,
                    entries.next() + unsyncedCount);
            int position = stage(RecordFormat.ENTRY, type, index, term, payload);
            if (unsyncedCount == unsynced.length) {
                unsynced = Arrays.copyOf(unsynced, 2 * unsyncedCount);
            }
            unsynced[unsyncedCount++] = position;
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        } finally {
            writing.unlock();
        }
    }

    /** All that was appended is on disk when it returns. */
    public void sync() throws IOException {
        write(
                () -> {
                    if (staging.position() > 0 || written > synced) {
                        syncActive();
                        confirmed = false;
                        quiet = false;
                    }
                });
    }

    /** Drops all entries before {@code firstKept}. If that is beyond the last, it is the next. */
    public void truncatePrefix(long firstKept) throws IOException {
        if (firstKept > entries.first()) {
            keep(firstKept, Math.max(firstKept, entries.next()));
        }
    }

    /** Drops all entries after {@code lastKept}. */
    public void truncateSuffix(long lastKept) throws IOException {
        if (lastKept + 1 < entries.next()) {
            keep(entries.first(), lastKept + 1);
        }
    }

    /** Drops all entries; the next one is {@code next}. */
    public void reset(long next) throws IOException {
        keep(next, next);
    }

    private void keep(long first, long next) throws IOException {
        write(
                () -> {
                    Check.invariant(unsyncedCount == 0, "what was appended is synced first");
                    Check.invariant(
                            entries.canKeep(first, next), "the log keeps what it has", first, next);
                    stage(RecordFormat.BOUNDS, 0, first, next, EMPTY);
                    syncActive();
                    confirmed = false;
                    entries.keep(first, next);
                    List<Segment> unneeded = entries.removeUnneeded();
                    if (!unneeded.isEmpty()) {
                        // Nobody may ever doubt that the record which gives them up was synced.
                        confirm();
                        supply.recycle(unneeded);
                    }
                });
    }

    /**
     * To be called about once a second, by any thread; never waits for the one that writes. A batch
     * that nothing follows cannot be told from one that was never synced; so if nothing is appended
     * for a while, a record is that says nothing new.
     */
    public void confirmIfQuiet() throws IOException {
        if (!writing.tryLock()) {
            return;
        }
        try {
            if (quiet && wantsConfirmation()) {
                confirm();
            }
            quiet = true;
        } finally {
            writing.unlock();
        }
    }

    private boolean wantsConfirmation() {
        return !confirmed && failure.get() == null;
    }

    private void confirm() throws IOException {
        write(
                () -> {
                    makeRoom(CONFIRMATION_BYTES);
                    put(RecordFormat.BOUNDS, 0, entries.first(), entries.next(), EMPTY);
                    syncActive();
                    confirmed = true;
                });
    }

    private interface Writing {
        void run() throws IOException;
    }

    private void write(Writing what) throws IOException {
        writing.lock();
        try {
            checkUsable();
            what.run();
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        } finally {
            writing.unlock();
        }
    }

    private void checkUsable() throws IOException {
        Exception first = failure.get();
        if (first != null) {
            throw new IOException("the log has failed before: " + first.getMessage(), first);
        }
    }

    /** Where it will lie in the active segment, which may be another one now. */
    private int stage(byte kind, int type, long first, long second, ByteBuffer payload)
            throws IOException {
        // HAZARD: the thread that confirms it may be the one that makes segments, and must not
        // have to wait for one.
        makeRoom(RecordFormat.bytes(payload.remaining()) + CONFIRMATION_BYTES);
        return put(kind, type, first, second, payload);
    }

    private void makeRoom(int bytes) throws IOException {
        if (bytes > room()) {
            roll();
            Check.invariant(bytes <= room(), "a record fits in a segment", bytes, room());
        }
        if (bytes > staging.remaining()) {
            writeStaged();
            if (bytes > staging.capacity()) {
                staging = ByteBuffer.allocateDirect(bytes);
            }
        }
    }

    private int put(byte kind, int type, long first, long second, ByteBuffer payload) {
        int position = written + staging.position();
        RecordFormat.put(staging, active().salt(), synced, kind, type, first, second, payload, crc);
        return position;
    }

    private int room() {
        return active().size() - written - staging.position();
    }

    private void roll() throws IOException {
        syncActive();
        Segment next = supply.take();
        startSegment(next, RecordFormat.origin(active().salt(), written));
        supply.prepare(next.sequence() + 1);
    }

    /** Synced with the batch that goes on in it: until then it is as good as unused. */
    private void startSegment(Segment segment, ByteBuffer origin) throws IOException {
        active = segment;
        written = Segment.FIRST_RECORD;
        synced = Segment.FIRST_RECORD;
        entries.add(segment);
        stage(RecordFormat.BOUNDS, 0, entries.first(), entries.next(), origin);
    }

    private void syncActive() throws IOException {
        writeStaged();
        active().sync();
        synced = written;
        entries.append(unsynced, unsyncedCount, synced);
        unsyncedCount = 0;
    }

    private void writeStaged() throws IOException {
        written += active().write(staging.flip(), written);
        staging.clear();
    }

    private Segment active() {
        return Check.present(active, "the active segment");
    }

    // --- reading -------------------------------------------------------------------------------

    /** Empty if the log does not hold it. Throws {@link LogCorruptedException} if it is damaged. */
    public Optional<StoredEntry> read(long index) throws IOException {
        LiveEntries.Place place = entries.find(index);
        if (place == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(place.segment().readEntry(index, place.position(), place.limit()));
        } catch (IOException e) {
            if (place.equals(entries.find(index))) {
                throw failed(e);
            }
            // It was dropped meanwhile, and its file has another use.
            return read(index);
        }
    }

    // --- the end -------------------------------------------------------------------------------

    private IOException failed(Exception e) {
        if (failure.compareAndSet(null, e)) {
            fatal.onFatal(
                    "the log has failed: " + e.getMessage() + "; check the disk, then start again",
                    e);
        }
        return e instanceof IOException ? (IOException) e : new IOException(e.getMessage(), e);
    }

    /** When nothing runs in the background any more. */
    @Override
    public void close() throws IOException {
        writing.lock();
        try {
            if (wantsConfirmation()) {
                confirm();
            }
        } finally {
            closeFiles();
            writing.unlock();
        }
    }

    private void closeFiles() throws IOException {
        supply.close();
        for (Segment segment : entries.segments()) {
            segment.close();
        }
    }
}
