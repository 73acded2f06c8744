package dev.fencekv.wire;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Cuts a stream of bytes into {@link Frame}s, which the next handler owns. Owned by the event loop
 * of its channel; one per channel.
 *
 * <p>Never holds more than one frame and one read: a length is checked before anything is kept for
 * it, and memory is taken as bytes arrive, not as they are announced. The first malformed frame
 * ends the stream: a {@link WireException} (wrapped in Netty's DecoderException), and everything
 * after it is dropped, because there is no telling where the next frame would start.
 */
public final class FrameDecoder extends ByteToMessageDecoder {
    /** Set by the first malformed frame, never cleared. */
    private boolean broken;

    /** How much has come of a frame whose end has not; 0 between frames. */
    public int partialBytes() {
        return broken ? 0 : actualReadableBytes();
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (broken) {
            in.skipBytes(in.readableBytes());
            return;
        }
        try {
            if (isComplete(in)) {
                out.add(read(in));
            }
        } catch (WireException e) {
            broken = true;
            in.skipBytes(in.readableBytes());
            throw e;
        }
    }

    /** Borrows {@code in} and leaves it as it is. */
    private static boolean isComplete(ByteBuf in) {
        if (in.readableBytes() < Frame.LENGTH_BYTES) {
            return false;
        }
        long length = in.getUnsignedInt(in.readerIndex());
        if (length < Frame.HEADER_BYTES || length > Limits.FRAME_BYTES_MAX) {
            throw new WireException(
                    "a frame has "
                            + Frame.HEADER_BYTES
                            + " to "
                            + Limits.FRAME_BYTES_MAX
                            + " bytes but this one announces "
                            + length);
        }
        return in.readableBytes() >= Frame.LENGTH_BYTES + length;
    }

    /** Borrows {@code in}, which holds a whole frame; the frame shares its memory. */
    private static Frame read(ByteBuf in) {
        int length = in.readInt();
        int version = in.readUnsignedByte();
        int opcode = in.readUnsignedByte();
        int flags = in.readUnsignedShort();
        long correlation = in.readLong();
        long stamp = in.readLong();
        check(
                version == Frame.VERSION,
                "this side speaks version " + Frame.VERSION + " but the frame has version ",
                version,
                correlation);
        check(Opcode.isKnown(opcode), "unknown opcode ", opcode, correlation);
        check((flags & ~Frame.FLAGS_KNOWN) == 0, "unknown flags ", flags, correlation);
        check(stamp >= 0, "a stamp has a clear top bit but this one is ", stamp, correlation);
        return new Frame(
                version,
                Opcode.ofCode(opcode),
                flags,
                correlation,
                new HybridTimestamp(stamp),
                in.readRetainedSlice(length - Frame.HEADER_BYTES));
    }

    private static void check(boolean holds, String complaint, long value, long correlation) {
        if (!holds) {
            throw new WireException(complaint + value, correlation);
        }
    }
}
