package dev.fencekv.server.replication.jraft.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.TooLongFrameException;
import java.util.List;

/**
 * Cuts the stream into frames, without their length field. Owned by its channel's event loop.
 *
 * <p>A length is judged before a byte of the frame is kept, so a stranger costs no memory.
 */
final class FrameDecoder extends ByteToMessageDecoder {
    private int frameBytesMax = TransportLimits.HELLO_FRAME_BYTES_MAX;

    /** The peer has been accepted. */
    void trust() {
        frameBytesMax = TransportLimits.FRAME_BYTES_MAX;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (in.readableBytes() < Frames.LENGTH_BYTES) {
            return;
        }
        int bytes = in.getInt(in.readerIndex());
        if (bytes < 1 || bytes > frameBytesMax - Frames.LENGTH_BYTES) {
            in.skipBytes(in.readableBytes());
            throw new TooLongFrameException("frame of " + Integer.toUnsignedLong(bytes) + " bytes");
        }
        if (in.readableBytes() >= Frames.LENGTH_BYTES + bytes) {
            in.skipBytes(Frames.LENGTH_BYTES);
            out.add(in.readRetainedSlice(bytes));
        }
    }
}
