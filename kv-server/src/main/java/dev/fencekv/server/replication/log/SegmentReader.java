package dev.fencekv.server.replication.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Looks at the records of a segment, one at a time. Owned by one thread. */
final class SegmentReader {
    private static final int WINDOW_BYTES = 1 << 20;

    private final Segment segment;
    private final CRC32C crc = new CRC32C();

    /** The segment's bytes from {@code windowStart} on. */
    private ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES).limit(0);

    private int windowStart;

    /** Of the record last found, in the window. */
    private int at;

    SegmentReader(Segment segment) {
        this.segment = segment;
    }

    /** Whether there is a good record of the segment's present use; then it is looked at. */
    boolean isRecord(int position) throws IOException {
        if (!isSalted(position)) {
            return false;
        }
        int length = RecordFormat.length(window, position - windowStart);
        if (length < 0 || length > segment.size() - position - RecordFormat.HEADER_BYTES) {
            return false;
        }
        load(position, RecordFormat.bytes(length));
        at = position - windowStart;
        return RecordFormat.isRecord(window, at, window.limit() - at, segment.salt(), crc);
    }

    /**
     * The first place from {@code position} on where the segment's present use has written a
     * record's header, good or not; the segment's size if there is none.
     */
    int findSalt(int position) throws IOException {
        int last = segment.size() - RecordFormat.HEADER_BYTES;
        int from = position;
        while (from <= last) {
            load(from, RecordFormat.HEADER_BYTES);
            int inWindow = windowStart + window.limit() - RecordFormat.HEADER_BYTES;
            for (; from <= inWindow; from += RecordFormat.ALIGNMENT) {
                if (RecordFormat.salt(window, from - windowStart) == segment.salt()) {
                    return from;
                }
            }
        }
        return segment.size();
    }

    private boolean isSalted(int position) throws IOException {
        if (segment.size() - position < RecordFormat.HEADER_BYTES) {
            return false;
        }
        load(position, RecordFormat.HEADER_BYTES);
        return RecordFormat.salt(window, position - windowStart) == segment.salt();
    }

    private void load(int position, int bytes) throws IOException {
        if (position >= windowStart && position + bytes <= windowStart + window.limit()) {
            return;
        }
        if (bytes > window.capacity()) {
            window = ByteBuffer.allocateDirect(bytes);
        }
        windowStart = position;
        window.clear().limit(Math.min(window.capacity(), segment.size() - position));
        segment.read(window, position);
        if (window.hasRemaining()) {
            throw LogCorruptedException.at(segment, position, "the file ends too early");
        }
    }

    int bytes() {
        return RecordFormat.bytes(RecordFormat.length(window, at));
    }

    boolean isEntry() {
        return RecordFormat.kind(window, at) == RecordFormat.ENTRY;
    }

    boolean isBounds() {
        return RecordFormat.kind(window, at) == RecordFormat.BOUNDS;
    }

    int type() {
        return RecordFormat.type(window, at);
    }

    long first() {
        return RecordFormat.first(window, at);
    }

    long second() {
        return RecordFormat.second(window, at);
    }

    int synced() {
        return RecordFormat.synced(window, at);
    }

    /** Good until another record is looked at. */
    ByteBuffer payload() {
        return RecordFormat.payload(window, at);
    }
}
