package dev.fencekv.server.state;

import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.nio.ByteBuffer;

/**
 * One record, or none, in the byte form of {@link RecordCodec}: read field by field, hashed and
 * copied as it is, so that what is only looked at makes no objects. Made to be reused; owned by the
 * thread that reads.
 */
public final class EncodedRecord {
    private static final int FIRST_BYTES = 1024;

    /** Has an array. */
    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BYTES);

    /** Of the record; 0 if there is none. */
    private int length;

    /** There is no record. */
    public void clear() {
        length = 0;
    }

    /** An array for a record of {@code bytes} bytes, to be filled from its beginning. */
    public byte[] fill(int bytes) {
        if (buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocate(Integer.highestOneBit(bytes - 1) << 1);
        }
        length = bytes;
        return buffer.array();
    }

    public void fill(Versioned record) {
        fill(RecordCodec.encodedBytes(record));
        RecordCodec.encode(record, buffer.clear());
    }

    /** As {@link #fill(Versioned)}, but of the value no more than the first {@code bytes}. */
    public void fillBeginning(Versioned record, int bytes) {
        if (record.value().length() > bytes) {
            fill(record.withValue(record.value().beginning(bytes)));
        } else {
            fill(record);
        }
    }

    public boolean exists() {
        return length > 0;
    }

    public Versioned decode() {
        return RecordCodec.decode(buffer.clear().limit(length));
    }

    int length() {
        return length;
    }

    /** Valid up to {@link #length} and until the next record. */
    byte[] array() {
        return buffer.array();
    }

    /** Of a record that exists, as all that follow. */
    long createRevision() {
        return buffer.getLong(RecordCodec.CREATE_REVISION_AT);
    }

    long modifyRevision() {
        return buffer.getLong(RecordCodec.MODIFY_REVISION_AT);
    }

    long version() {
        return buffer.getLong(RecordCodec.VERSION_AT);
    }

    /** The number of the token that the last write showed; that of none if it showed none. */
    long token() {
        return buffer.getLong(RecordCodec.TOKEN_AT);
    }

    /** The number of the session that it belongs to; that of {@link SessionId#NONE} if to none. */
    long owner() {
        return buffer.getLong(RecordCodec.OWNER_AT);
    }

    /**
     * As {@link Value#compareTo} of the record's value with {@code other}.
     *
     * @param bytes of the whole value, of which the first ones are here, at least as many as {@code
     *     other} has if there are so many
     */
    int compareValue(int bytes, Value other) {
        int compared = Math.min(bytes, other.length());
        int from = RecordCodec.HEADER_BYTES;
        int order = -other.compareTo(buffer.array(), from, from + compared);
        // Equal so far, and one of them is at its end: the longer one is the higher one.
        return bytes > compared && order == 0 ? 1 : order;
    }

    int valueBytes() {
        return length - RecordCodec.HEADER_BYTES;
    }
}
