package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/**
 * Memory outside the heap, written at one end and dropped at the other, and addressed by positions
 * that only grow: nothing is ever moved, and a position is never used twice.
 *
 * <p>Lies in segments, which are taken as the content grows and used again as it moves on. Longs
 * must stand at positions that 8 divides; bytes may cross segments. What is dropped must not be
 * read. Not safe by itself: see {@link History}.
 */
final class RingMemory {
    /** Small, so that a state machine with little history takes little memory. */
    static final int SEGMENT_BYTES = 64 * 1024;

    private static final int SEGMENTS_FIRST = 8;

    /** Segments kept for what comes next: an entry of the largest size drops so many at once. */
    private static final int SPARES_MAX = 16;

    /** Segment {@code n} lies at {@code n & (length - 1)}. */
    private ByteBuffer[] segments = new ByteBuffer[SEGMENTS_FIRST];

    /** {@code notes[i]} belongs to {@code segments[i]}. */
    private long[] notes = new long[SEGMENTS_FIRST];

    private final ArrayDeque<ByteBuffer> spares = new ArrayDeque<>();

    /** Makes a segment; throws OutOfMemoryError if it cannot. */
    private final Supplier<ByteBuffer> source;

    /** The number of the first segment that is here. */
    private long firstSegment;

    /** The number after that of the last one. */
    private long endSegment;

    RingMemory() {
        this(() -> ByteBuffer.allocateDirect(SEGMENT_BYTES));
    }

    RingMemory(Supplier<ByteBuffer> source) {
        this.source = source;
    }

    /** Which segment a position lies in. */
    static long segmentOf(long position) {
        return position / SEGMENT_BYTES;
    }

    /** What there is of memory, spares included, in bytes. */
    long memoryBytes() {
        return (endSegment - firstSegment + spares.size()) * SEGMENT_BYTES;
    }

    /**
     * Makes room below {@code end}. False if the machine has no memory for it: then there is room
     * up to where there was before.
     */
    boolean reserve(long end) {
        while (endSegment * SEGMENT_BYTES < end) {
            ByteBuffer next = spares.poll();
            if (next == null) {
                try {
                    next = source.get();
                } catch (OutOfMemoryError e) {
                    return false;
                }
            }
            if (endSegment - firstSegment == segments.length) {
                widen();
            }
            segments[slot(endSegment)] = next;
            endSegment++;
        }
        return true;
    }

    private void widen() {
        ByteBuffer[] narrow = segments;
        long[] narrowNotes = notes;
        segments = new ByteBuffer[2 * narrow.length];
        notes = new long[segments.length];
        for (long number = firstSegment; number < endSegment; number++) {
            int from = (int) (number & narrow.length - 1);
            segments[slot(number)] = narrow[from];
            notes[slot(number)] = narrowNotes[from];
        }
    }

    /** Keeps a number with a segment that is here. */
    void note(long segment, long note) {
        notes[slot(segment)] = note;
    }

    long noteOf(long segment) {
        return notes[slot(segment)];
    }

    /** Nothing below {@code position} will be read any more. */
    void drop(long position) {
        long first = Math.min(segmentOf(position), endSegment);
        for (; firstSegment < first; firstSegment++) {
            ByteBuffer dropped = segments[slot(firstSegment)];
            if (spares.size() < SPARES_MAX) {
                spares.add(dropped);
            }
        }
    }

    /** Gives back what is kept for later. */
    void trim() {
        spares.clear();
    }

    private int slot(long number) {
        return (int) (number & segments.length - 1);
    }

    private ByteBuffer segmentAt(long position) {
        return segments[slot(segmentOf(position))];
    }

    private static int offset(long position) {
        return (int) (position & SEGMENT_BYTES - 1);
    }

    long getLong(long position) {
        return segmentAt(position).getLong(offset(position));
    }

    void putLong(long position, long value) {
        segmentAt(position).putLong(offset(position), value);
    }

    void put(long position, byte[] source, int length) {
        int done = 0;
        while (done < length) {
            int offset = offset(position + done);
            int now = Math.min(length - done, SEGMENT_BYTES - offset);
            segmentAt(position + done).put(offset, source, done, now);
            done += now;
        }
    }

    void get(long position, byte[] target, int length) {
        int done = 0;
        while (done < length) {
            int offset = offset(position + done);
            int now = Math.min(length - done, SEGMENT_BYTES - offset);
            segmentAt(position + done).get(offset, target, done, now);
            done += now;
        }
    }

    /** Whether exactly the bytes of {@code expected} lie at {@code position}. */
    boolean holds(long position, byte[] expected, int length) {
        for (int done = 0; done < length; ) {
            ByteBuffer segment = segmentAt(position + done);
            int offset = offset(position + done);
            int now = Math.min(length - done, SEGMENT_BYTES - offset);
            for (int i = 0; i < now; i++) {
                if (segment.get(offset + i) != expected[done + i]) {
                    return false;
                }
            }
            done += now;
        }
        return true;
    }

    static {
        Check.invariant(Integer.bitCount(SEGMENT_BYTES) == 1, "offsets are taken by a mask");
    }
}
