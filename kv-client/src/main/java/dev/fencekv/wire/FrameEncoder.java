package dev.fencekv.wire;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Limits;
import io.netty.buffer.ByteBuf;

/**
 * Writes the frame around a body: {@link #begin}, then the body, then {@link #end}, all into one
 * buffer, so that a message is never copied. Stateless.
 */
final class FrameEncoder {
    private FrameEncoder() {}

    /** Borrows {@code out}; returns where the frame starts, for {@link #end}. */
    static int begin(
            ByteBuf out, Opcode opcode, int flags, long correlation, HybridTimestamp stamp) {
        int start = out.writerIndex();
        out.writeInt(0);
        out.writeByte(Frame.VERSION);
        out.writeByte(opcode.code());
        out.writeShort(flags);
        out.writeLong(correlation);
        out.writeLong(stamp.packed());
        return start;
    }

    /** Borrows {@code out}; writes the length, now that it is known. */
    static void end(ByteBuf out, int start) {
        int length = length(out, start);
        if (length > Limits.FRAME_BYTES_MAX) {
            throw new WireException(
                    "a frame has at most "
                            + Limits.FRAME_BYTES_MAX
                            + " bytes but this one would have "
                            + length);
        }
        out.setInt(start, length);
    }

    /** Borrows {@code out}; what the length field would say if the frame ended here. */
    static int length(ByteBuf out, int start) {
        return out.writerIndex() - start - Frame.LENGTH_BYTES;
    }
}
