package dev.fencekv.wire;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.Value;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The field types of {@code protocol.table}, written and read. All methods borrow their buffer, and
 * take nothing on trust: lengths and counts are checked against their limit and against the bytes
 * at hand before anything is allocated for them. Stateless.
 */
final class Fields {
    private Fields() {}

    // ---- writing

    static void writeBool(ByteBuf out, boolean value) {
        out.writeByte(value ? 1 : 0);
    }

    static void writeU8(ByteBuf out, long value, String what) {
        out.writeByte((int) inRange(value, 0xFF, what));
    }

    static void writeU16(ByteBuf out, long value, String what) {
        out.writeShort((int) inRange(value, 0xFFFF, what));
    }

    static void writeU31(ByteBuf out, int value, String what) {
        out.writeInt((int) inRange(value, Integer.MAX_VALUE, what));
    }

    static void writeU63(ByteBuf out, long value, String what) {
        out.writeLong(inRange(value, Long.MAX_VALUE, what));
    }

    static void writeCount(ByteBuf out, int count, int max, String what) {
        out.writeShort((int) inRange(count, max, what));
    }

    /** Unpaired surrogates, which UTF-8 cannot say, become question marks. */
    static void writeString(ByteBuf out, String text, int bytesMax, String what) {
        int length = ByteBufUtil.utf8Bytes(text);
        out.writeShort((int) inRange(length, bytesMax, what));
        ByteBufUtil.reserveAndWriteUtf8(out, text, length);
    }

    static void writeLockName(ByteBuf out, LockName lock) {
        writeString(out, lock.value(), Limits.LOCK_NAME_BYTES_MAX, "lock name");
    }

    static void writeResourceName(ByteBuf out, ResourceName resource) {
        writeString(out, resource.value(), Limits.RESOURCE_NAME_BYTES_MAX, "resource name");
    }

    static void writeLabel(ByteBuf out, SessionLabel label) {
        writeString(out, label.value(), Limits.SESSION_LABEL_BYTES_MAX, "session label");
    }

    static void writeKey(ByteBuf out, Key key) {
        int length = key.length();
        out.writeShort(length);
        out.ensureWritable(length);
        key.writeTo(out.internalNioBuffer(out.writerIndex(), length));
        out.writerIndex(out.writerIndex() + length);
    }

    /** No bytes stand for no key: a key has at least one. */
    static void writeKeyIfAny(ByteBuf out, Optional<Key> key) {
        if (key.isPresent()) {
            writeKey(out, key.get());
        } else {
            out.writeShort(0);
        }
    }

    static void writeValue(ByteBuf out, Value value) {
        int length = value.length();
        out.writeInt(length);
        out.ensureWritable(length);
        value.writeTo(out.internalNioBuffer(out.writerIndex(), length));
        out.writerIndex(out.writerIndex() + length);
    }

    // ---- reading

    static boolean readBool(ByteBuf in, String what) {
        int value = readU8(in, what);
        if (value > 1) {
            throw new WireException(what + " must be 0 or 1 but is " + value);
        }
        return value == 1;
    }

    static int readU8(ByteBuf in, String what) {
        need(in, 1, what);
        return in.readUnsignedByte();
    }

    static int readU16(ByteBuf in, String what) {
        need(in, 2, what);
        return in.readUnsignedShort();
    }

    static int readU31(ByteBuf in, String what) {
        need(in, 4, what);
        return (int) inRange(in.readInt(), Integer.MAX_VALUE, what);
    }

    static long readU63(ByteBuf in, String what) {
        return inRange(readI64(in, what), Long.MAX_VALUE, what);
    }

    /** Also for fields of 64 bits that are not numbers. */
    static long readI64(ByteBuf in, String what) {
        need(in, 8, what);
        return in.readLong();
    }

    /** The length of a list whose elements have at least {@code elementBytesMin} bytes each. */
    static int readCount(ByteBuf in, int max, int elementBytesMin, String what) {
        int count = (int) inRange(readU16(in, what), max, what);
        need(in, count * elementBytesMin, what);
        return count;
    }

    static String readString(ByteBuf in, int bytesMax, String what) {
        int length = (int) inRange(readU16(in, what), bytesMax, what);
        need(in, length, what);
        int start = in.readerIndex();
        if (!ByteBufUtil.isText(in, start, length, StandardCharsets.UTF_8)) {
            throw new WireException(what + " is not UTF-8");
        }
        in.skipBytes(length);
        return in.toString(start, length, StandardCharsets.UTF_8);
    }

    static LockName readLockName(ByteBuf in) {
        return new LockName(readString(in, Limits.LOCK_NAME_BYTES_MAX, "lock name"));
    }

    static ResourceName readResourceName(ByteBuf in) {
        return new ResourceName(readString(in, Limits.RESOURCE_NAME_BYTES_MAX, "resource name"));
    }

    static SessionLabel readLabel(ByteBuf in) {
        String label = readString(in, Limits.SESSION_LABEL_BYTES_MAX, "session label");
        return label.isEmpty() ? SessionLabel.NONE : new SessionLabel(label);
    }

    static Key readKey(ByteBuf in) {
        int length = (int) inRange(readU16(in, "key"), Limits.KEY_BYTES_MAX, "key");
        need(in, length, "key");
        int start = in.readerIndex();
        in.skipBytes(length);
        return Key.readFrom(in.nioBuffer(start, length), length);
    }

    static Optional<Key> readKeyIfAny(ByteBuf in) {
        need(in, 2, "key");
        if (in.getShort(in.readerIndex()) == 0) {
            in.skipBytes(2);
            return Optional.empty();
        }
        return Optional.of(readKey(in));
    }

    static Value readValue(ByteBuf in) {
        need(in, 4, "value");
        int length = (int) inRange(in.readUnsignedInt(), Limits.VALUE_BYTES_MAX, "value");
        need(in, length, "value");
        int start = in.readerIndex();
        in.skipBytes(length);
        return length == 0 ? Value.EMPTY : Value.readFrom(in.nioBuffer(start, length), length);
    }

    static SessionId readSession(ByteBuf in) {
        long session = readU63(in, "session");
        return session == 0 ? SessionId.NONE : new SessionId(session);
    }

    static FencingToken readToken(ByteBuf in) {
        long token = readU63(in, "token");
        return token == 0 ? FencingToken.NONE : new FencingToken(token);
    }

    static HybridTimestamp readStamp(ByteBuf in) {
        long stamp = readU63(in, "stamp");
        return stamp == 0 ? HybridTimestamp.ZERO : new HybridTimestamp(stamp);
    }

    /** A message says all that it has to say, and nothing more. */
    static void needEnd(ByteBuf in) {
        if (in.isReadable()) {
            throw new WireException(in.readableBytes() + " bytes follow the end of the message");
        }
    }

    private static void need(ByteBuf in, int bytes, String what) {
        if (in.readableBytes() < bytes) {
            throw new WireException(
                    "the frame ends within "
                            + what
                            + ": needs "
                            + bytes
                            + " bytes, has "
                            + in.readableBytes());
        }
    }

    private static long inRange(long value, long max, String what) {
        if (value < 0 || value > max) {
            throw new WireException(what + " must be in [0, " + max + "] but is " + value);
        }
        return value;
    }
}
