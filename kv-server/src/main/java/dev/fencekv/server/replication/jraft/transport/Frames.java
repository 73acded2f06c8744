package dev.fencekv.server.replication.jraft.transport;

import com.google.protobuf.Message;
import dev.fencekv.server.health.PeerReport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.TooLongFrameException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Builds frames: [length 4][kind 1]…, the length counting what follows it. The caller owns what it
 * gets.
 */
final class Frames {
    static final int LENGTH_BYTES = 4;
    private static final int CHECKSUM_BYTES = 4;
    private static final int MESSAGE_HEADER_BYTES = LENGTH_BYTES + 1 + CHECKSUM_BYTES + 8 + 2;
    private static final int CHECKSUM_AT = LENGTH_BYTES + 1;

    private Frames() {}

    /**
     * @throws TooLongFrameException if no peer would accept it
     * @throws IllegalArgumentException if the message is not in the table
     */
    static ByteBuf message(ByteBufAllocator allocator, FrameKind kind, long id, Object payload)
            throws IOException {
        MessageType type = MessageType.of(payload);
        if (type == null) {
            throw new IllegalArgumentException(
                    payload.getClass().getName() + " does not cross the peer port");
        }
        Message message = (Message) payload;
        int bytes = message.getSerializedSize();
        if (bytes > TransportLimits.FRAME_BYTES_MAX - MESSAGE_HEADER_BYTES) {
            throw new TooLongFrameException(type + " of " + bytes + " bytes does not fit a frame");
        }
        ByteBuf frame = allocator.buffer(MESSAGE_HEADER_BYTES + bytes);
        boolean built = false;
        try {
            frame.writeInt(MESSAGE_HEADER_BYTES - LENGTH_BYTES + bytes);
            frame.writeByte(kind.code());
            frame.writeInt(0);
            frame.writeLong(id);
            frame.writeShort(type.number());
            MessageType.write(message, bytes, frame);
            int summed = CHECKSUM_AT + CHECKSUM_BYTES;
            frame.setInt(CHECKSUM_AT, checksum(frame, summed, frame.writerIndex() - summed));
            built = true;
            return frame;
        } finally {
            if (!built) {
                frame.release();
            }
        }
    }

    /**
     * Reads the checksum of a message, which must fit what follows it. Without TLS, nothing else
     * would see that an entry has changed on its way: TCP's own sum lets one error in 65536 pass.
     * Borrows.
     */
    static void verify(ByteBuf message) {
        int sum = message.readInt();
        if (sum != checksum(message, message.readerIndex(), message.readableBytes())) {
            throw new CorruptedFrameException("the message has changed on its way");
        }
    }

    private static int checksum(ByteBuf bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.nioBuffer(from, length));
        return (int) crc.getValue();
    }

    static ByteBuf empty(ByteBufAllocator allocator, FrameKind kind) {
        return allocator.buffer(LENGTH_BYTES + 1).writeInt(1).writeByte(kind.code());
    }

    static ByteBuf digest(ByteBufAllocator allocator, long index, long digest) {
        ByteBuf frame = allocator.buffer(LENGTH_BYTES + 1 + 2 * Long.BYTES);
        frame.writeInt(1 + 2 * Long.BYTES).writeByte(FrameKind.DIGEST.code());
        return frame.writeLong(index).writeLong(digest);
    }

    /**
     * @param sentNanos the monotonic clock of the side that dialled, as it sent the probe
     */
    static ByteBuf probe(
            ByteBufAllocator allocator, FrameKind kind, long sentNanos, PeerReport report) {
        ByteBuf frame = allocator.buffer(64);
        frame.writeInt(0).writeByte(kind.code());
        frame.writeLong(sentNanos);
        frame.writeLong(report.wallMs()).writeLong(report.syncP99Micros());
        frame.writeLong(report.silenceMs()).writeInt(report.electionTimeoutMs());
        frame.writeBoolean(report.leads()).writeLong(report.appliedIndex());
        return seal(frame);
    }

    /** What follows the sending time. A later version may append fields. Borrows. */
    static PeerReport readReport(ByteBuf probe) {
        try {
            return new PeerReport(
                    probe.readLong(),
                    probe.readLong(),
                    probe.readLong(),
                    probe.readInt(),
                    probe.readBoolean(),
                    probe.readLong());
        } catch (IndexOutOfBoundsException e) {
            throw new CorruptedFrameException("a probe that is too short");
        }
    }

    static ByteBuf refusal(ByteBufAllocator allocator, String reason) {
        String text = reason.length() > 256 ? reason.substring(0, 256) : reason;
        ByteBuf frame = allocator.buffer(64 + text.length());
        frame.writeInt(0).writeByte(FrameKind.REFUSAL.code());
        writeText(frame, text);
        return seal(frame);
    }

    /** Fills in the length of a frame whose first four bytes were left for it. Borrows. */
    static ByteBuf seal(ByteBuf frame) {
        return frame.setInt(0, frame.readableBytes() - LENGTH_BYTES);
    }

    /** Borrows. */
    static void writeText(ByteBuf to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        to.writeShort(bytes.length).writeBytes(bytes);
    }

    /** Borrows. */
    static String readText(ByteBuf from) {
        int bytes = from.readUnsignedShort();
        if (bytes > TransportLimits.TEXT_BYTES_MAX || bytes > from.readableBytes()) {
            throw new CorruptedFrameException("text of " + bytes + " bytes");
        }
        return from.readCharSequence(bytes, StandardCharsets.UTF_8).toString();
    }
}
