package dev.fencekv.server.replication.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the log from its first record to its last when the node starts, and decides what it is.
 *
 * <p>A batch is written only when all before it is on disk. So a good record behind a damaged one
 * which says that it began later proves that the damaged one had been synced: the log is corrupt,
 * and the node must not start. A damaged record with nothing later behind it is the end of a write
 * that was cut short and never acknowledged: it is cut off. ADR 9 says what that cannot tell apart.
 *
 * <p>Nothing on disk is changed unless the log is good. Owned by the thread that opens it.
 */
final class Recovery {
    private final Disk disk;
    private final SegmentLog.Replay replay;

    /** Those with records, in order. */
    private final List<Segment> used = new ArrayList<>();

    /** Files that hold nothing of the log any more. */
    private final List<String> spares = new ArrayList<>();

    private final List<String> leftOver = new ArrayList<>();
    private final List<String> unfinished = new ArrayList<>();

    private final LiveEntries entries = new LiveEntries();

    /** In the last used segment: where its last batch begins, and where it ends. */
    private int lastBatch;

    private int end;
    private boolean torn;

    private Recovery(Disk disk, SegmentLog.Replay replay) {
        this.disk = disk;
        this.replay = replay;
    }

    /** Throws {@link LogCorruptedException} if the node must not start with this log. */
    static Recovery run(Disk disk, SegmentLog.Replay replay) throws IOException {
        Recovery recovery = new Recovery(disk, replay);
        try {
            recovery.findFiles();
            recovery.replayAll();
            recovery.tidyUp();
            return recovery;
        } catch (IOException | RuntimeException e) {
            for (Segment segment : recovery.used) {
                segment.close();
            }
            throw e;
        }
    }

    LiveEntries entries() {
        return entries;
    }

    /** Without any record: not even the first that every log has. */
    boolean isNew() {
        return used.isEmpty();
    }

    Segment last() {
        return used.get(used.size() - 1);
    }

    int lastBatch() {
        return lastBatch;
    }

    int end() {
        return end;
    }

    /** Something of a write that was cut short lies behind the end. */
    boolean isTorn() {
        return torn;
    }

    List<String> spares() {
        return spares;
    }

    // --- files ---------------------------------------------------------------------------------

    private void findFiles() throws IOException {
        List<String> segments = new ArrayList<>();
        for (String name : disk.names()) {
            if (Segment.isSegment(name)) {
                segments.add(name);
            } else if (SegmentSupply.isSpare(name)) {
                spares.add(name);
            } else if (SegmentSupply.isUnfinished(name)) {
                unfinished.add(name);
            }
        }
        int from = behindLastGap(segments);
        leftOver.addAll(segments.subList(0, from));
        for (String name : segments.subList(from, segments.size())) {
            used.add(Segment.open(disk, name));
        }
        while (!used.isEmpty() && isUnused(last())) {
            Segment unused = used.remove(used.size() - 1);
            unused.close();
            leftOver.add(unused.name());
        }
        if (used.isEmpty() && leftOver.equals(List.of(Segment.name(1)))) {
            // The very first start was cut short.
            unfinished.addAll(leftOver);
            leftOver.clear();
        }
        if (used.isEmpty() && !(leftOver.isEmpty() && spares.isEmpty())) {
            throw new LogCorruptedException(
                    disk.path("*")
                            + " holds no entry, but files that are made ready only behind entries:"
                            + " segments of the log are missing");
        }
    }

    /**
     * Segments go from the front, one after the other; a power cut may bring one back without its
     * successor. Whether all is there that must be is seen by the entries.
     */
    private static int behindLastGap(List<String> names) {
        int from = 0;
        for (int i = 1; i < names.size(); i++) {
            if (Segment.sequence(names.get(i)) != Segment.sequence(names.get(i - 1)) + 1) {
                from = i;
            }
        }
        return from;
    }

    /** Whether nothing that was acknowledged can have been written to it. */
    private boolean isUnused(Segment segment) throws IOException {
        SegmentReader reader = new SegmentReader(segment);
        if (reader.isRecord(Segment.FIRST_RECORD)) {
            return false;
        }
        isTornAt(Segment.FIRST_RECORD, segment, reader);
        return true;
    }

    private void tidyUp() throws IOException {
        for (String name : unfinished) {
            disk.delete(name);
        }
        for (String name : leftOver) {
            String spare = SegmentSupply.spareName(Segment.sequence(name));
            disk.rename(name, spare);
            if (!spares.contains(spare)) {
                spares.add(spare);
            }
        }
        // HAZARD: a file that was renamed in memory only, and written in its new role, would come
        // back under its old name after a power cut, as a segment that is damaged.
        disk.sync();
    }

    // --- records -------------------------------------------------------------------------------

    private void replayAll() throws IOException {
        for (int i = 0; i < used.size(); i++) {
            Segment segment = used.get(i);
            boolean isLast = i + 1 == used.size();
            int knownEnd = isLast ? segment.size() : endAccordingTo(used.get(i + 1), segment);
            SegmentReader reader = new SegmentReader(segment);
            replay(segment, reader, knownEnd);
            if (isLast) {
                torn = isTornAt(end, segment, reader);
            } else if (end != knownEnd) {
                throw LogCorruptedException.at(segment, end, "a record is damaged");
            }
        }
        if (entries.firstThere() > entries.first()) {
            throw new LogCorruptedException(
                    disk.path(Segment.name(used.get(0).sequence() - 1))
                            + " is missing: the log should begin with entry "
                            + entries.first()
                            + " but begins with "
                            + entries.firstThere());
        }
    }

    /** Stops at the known end, or where no record is. */
    private void replay(Segment segment, SegmentReader reader, int knownEnd) throws IOException {
        int position = Segment.FIRST_RECORD;
        int batch = Segment.FIRST_RECORD;
        while (position < knownEnd && reader.isRecord(position)) {
            if (reader.synced() == position) {
                batch = position;
            }
            int next = position + reader.bytes();
            boolean fits =
                    reader.synced() == batch
                            && (position == Segment.FIRST_RECORD
                                    ? begin(segment, reader)
                                    : apply(position, next, reader));
            if (!fits) {
                throw LogCorruptedException.at(segment, position, "a record is out of its place");
            }
            position = next;
        }
        lastBatch = batch;
        end = position;
    }

    /** The first record of a segment repeats what the log holds. */
    private boolean begin(Segment segment, SegmentReader reader) {
        if (!reader.isBounds()) {
            return false;
        }
        if (entries.segmentCount() == 0) {
            entries.beginWith(reader.first(), reader.second());
        }
        entries.add(segment);
        return reader.first() == entries.first() && reader.second() == entries.next();
    }

    private boolean apply(int position, int end, SegmentReader reader) {
        if (reader.isEntry() && reader.first() == entries.next()) {
            replay.entry(reader.first(), reader.second(), reader.type(), reader.payload());
            entries.append(new int[] {position}, 1, end);
            return true;
        }
        if (reader.isBounds() && entries.canKeep(reader.first(), reader.second())) {
            replay.keep(reader.first(), reader.second());
            entries.keep(reader.first(), reader.second());
            return true;
        }
        return false;
    }

    private static int endAccordingTo(Segment next, Segment segment) throws IOException {
        SegmentReader reader = new SegmentReader(next);
        if (!reader.isRecord(Segment.FIRST_RECORD)) {
            throw LogCorruptedException.at(next, Segment.FIRST_RECORD, "a record is damaged");
        }
        int end = RecordFormat.endOf(segment.salt(), reader.payload());
        if (end < 0) {
            throw LogCorruptedException.at(
                    next, Segment.FIRST_RECORD, "it does not follow " + segment.name());
        }
        return end;
    }

    /**
     * No good record is at {@code end}. Throws if one that comes later proves that there was one;
     * otherwise whether there is any trace of a write.
     */
    private static boolean isTornAt(int end, Segment segment, SegmentReader reader)
            throws IOException {
        int first = reader.findSalt(end);
        for (int at = first;
                at < segment.size();
                at = reader.findSalt(at + RecordFormat.ALIGNMENT)) {
            if (reader.isRecord(at) && reader.synced() > end) {
                throw LogCorruptedException.at(
                        segment,
                        end,
                        "a record is damaged, and one that was written later is at " + at);
            }
        }
        return first < segment.size();
    }
}
