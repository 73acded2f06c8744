package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.nio.ByteBuffer;

/**
 * The one byte form of a record: in the store, in the digest and in a snapshot.
 *
 * <pre>
 *  0        8        16       24       32       40       48       56       64
 *  | create | modify | version| stamp  | token  | owner  | writer | seq    | value ...
 * </pre>
 *
 * Big-endian. Stateless.
 */
public final class RecordCodec {
    /** Bytes before the value. */
    public static final int HEADER_BYTES = 64;

    static final int CREATE_REVISION_AT = 0;
    static final int MODIFY_REVISION_AT = 8;
    static final int VERSION_AT = 16;
    static final int TOKEN_AT = 32;
    static final int OWNER_AT = 40;

    /** The store allocates in chunks of this size, and the quota is charged in them. */
    public static final int CHUNK_BYTES = 64;

    /** What a store may need beside key and record: length prefixes, hash prefix, alignment. */
    public static final int OVERHEAD_BYTES = 24;

    private RecordCodec() {}

    /** What a record costs of the quota, in bytes: whole chunks, the same on every node. */
    public static long charge(int keyBytes, int valueBytes) {
        long bytes = (long) OVERHEAD_BYTES + keyBytes + HEADER_BYTES + valueBytes;
        return (bytes + CHUNK_BYTES - 1) / CHUNK_BYTES * CHUNK_BYTES;
    }

    /** Bytes that {@link #encode} writes. */
    public static int encodedBytes(Versioned record) {
        return HEADER_BYTES + record.value().length();
    }

    public static void encode(Versioned record, ByteBuffer out) {
        out.putLong(record.createRevision());
        out.putLong(record.modifyRevision());
        out.putLong(record.version());
        out.putLong(record.stamp().packed());
        out.putLong(record.token().value());
        out.putLong(record.owner().value());
        out.putLong(record.writer().value());
        out.putLong(record.writerSequence());
        record.value().writeTo(out);
    }

    /** Takes all that remains of {@code in}. */
    public static Versioned decode(ByteBuffer in) {
        long createRevision = in.getLong();
        long modifyRevision = in.getLong();
        long version = in.getLong();
        HybridTimestamp stamp = new HybridTimestamp(in.getLong());
        FencingToken token = new FencingToken(in.getLong());
        SessionId owner = new SessionId(in.getLong());
        SessionId writer = new SessionId(in.getLong());
        long writerSequence = in.getLong();
        return new Versioned(
                Value.readFrom(in, in.remaining()),
                createRevision,
                modifyRevision,
                version,
                stamp,
                token,
                owner,
                writer,
                writerSequence);
    }
}
