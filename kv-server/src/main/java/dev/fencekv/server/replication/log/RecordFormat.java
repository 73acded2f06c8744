package dev.fencekv.server.replication.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The bytes of a record in a segment:
 *
 * <pre>
 *  0        4        8      16      24     32       36     37     38     40
 *  | crc32c | length | salt | first | second | synced | kind | type | zero | payload | zeros
 * </pre>
 *
 * Big-endian; the whole is a multiple of 8 bytes, and so is every position. The checksum covers all
 * after itself but the zeros at the end.
 *
 * <ul>
 *   <li><b>length</b> of the payload.
 *   <li><b>salt</b> of the segment's present use: what an earlier use left behind has another one.
 *   <li><b>synced</b>: all of the segment below this position was on disk before this record was
 *       written. It is where the record's batch begins.
 *   <li><b>kind</b> {@link #ENTRY}: first is its index, second its term. {@link #BOUNDS}: of all
 *       before it the log keeps the entries from first up to, not including, second.
 * </ul>
 *
 * Stateless.
 */
final class RecordFormat {
    static final int HEADER_BYTES = 40;
    static final int ALIGNMENT = 8;

    static final byte ENTRY = 1;
    static final byte BOUNDS = 2;

    private static final int ORIGIN_BYTES = Long.BYTES + Integer.BYTES;

    private static final int LENGTH_AT = 4;
    private static final int SALT_AT = 8;
    private static final int FIRST_AT = 16;
    private static final int SECOND_AT = 24;
    private static final int SYNCED_AT = 32;
    private static final int KIND_AT = 36;
    private static final int TYPE_AT = 37;

    private RecordFormat() {}

    /**
     * The payload of each segment's first record, but not of the log's: salt and end of the segment
     * before it.
     */
    static ByteBuffer origin(long salt, int end) {
        return ByteBuffer.allocate(ORIGIN_BYTES).putLong(salt).putInt(end).flip();
    }

    /** Where the segment with this salt ends; less than any place if the origin is another's. */
    static int endOf(long salt, ByteBuffer origin) {
        return origin.remaining() == ORIGIN_BYTES && origin.getLong(0) == salt
                ? origin.getInt(Long.BYTES)
                : -1;
    }

    /** What a record of such a payload takes in the segment. */
    static int bytes(int payloadBytes) {
        return (HEADER_BYTES + payloadBytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /**
     * Appends a record to {@code out}. Borrows {@code payload}: neither reads nor moves its marks.
     */
    static void put(
            ByteBuffer out,
            long salt,
            int synced,
            byte kind,
            int type,
            long first,
            long second,
            ByteBuffer payload,
            CRC32C crc) {
        int start = out.position();
        int length = payload.remaining();
        int end = start + bytes(length);
        out.putInt(0).putInt(length).putLong(salt).putLong(first).putLong(second).putInt(synced);
        out.put(kind).put((byte) type).putShort((short) 0);
        out.put(out.position(), payload, payload.position(), length);
        for (int at = start + HEADER_BYTES + length; at < end; at++) {
            out.put(at, (byte) 0);
        }
        out.putInt(start, checksum(out, start, length, crc)).position(end);
    }

    /** Whether a whole record with this salt lies at {@code at}. Moves the marks of {@code in}. */
    static boolean isRecord(ByteBuffer in, int at, int available, long salt, CRC32C crc) {
        if (available < HEADER_BYTES || salt(in, at) != salt) {
            return false;
        }
        int length = length(in, at);
        return length >= 0
                && length <= available - HEADER_BYTES
                && in.getInt(at) == checksum(in, at, length, crc);
    }

    private static int checksum(ByteBuffer bytes, int at, int length, CRC32C crc) {
        int position = bytes.position();
        int limit = bytes.limit();
        crc.reset();
        bytes.limit(at + HEADER_BYTES + length).position(at + LENGTH_AT);
        crc.update(bytes);
        bytes.limit(limit).position(position);
        return (int) crc.getValue();
    }

    static int length(ByteBuffer in, int at) {
        return in.getInt(at + LENGTH_AT);
    }

    static long salt(ByteBuffer in, int at) {
        return in.getLong(at + SALT_AT);
    }

    static long first(ByteBuffer in, int at) {
        return in.getLong(at + FIRST_AT);
    }

    static long second(ByteBuffer in, int at) {
        return in.getLong(at + SECOND_AT);
    }

    static int synced(ByteBuffer in, int at) {
        return in.getInt(at + SYNCED_AT);
    }

    static byte kind(ByteBuffer in, int at) {
        return in.get(at + KIND_AT);
    }

    static int type(ByteBuffer in, int at) {
        return in.get(at + TYPE_AT);
    }

    static ByteBuffer payload(ByteBuffer in, int at) {
        return in.slice(at + HEADER_BYTES, length(in, at));
    }
}
