package dev.fencekv.wire;

import dev.fencekv.clock.HybridTimestamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.util.ArrayList;
import java.util.List;

/** Messages to bytes and back, the way a connection does it. */
final class Wired {
    private Wired() {}

    static byte[] bytes(Request request, long correlation, HybridTimestamp stamp) {
        ByteBuf out = Unpooled.buffer();
        RequestCodec.encode(request, correlation, stamp, out);
        return ByteBufUtil.getBytes(out);
    }

    static byte[] bytes(Reply reply, long correlation, boolean more) {
        ByteBuf out = Unpooled.buffer();
        ReplyCodec.encode(reply, correlation, more, out);
        return ByteBufUtil.getBytes(out);
    }

    static Request request(byte[] bytes) {
        Frame frame = frame(bytes);
        try {
            return RequestCodec.decode(frame);
        } finally {
            frame.release();
        }
    }

    static Reply reply(byte[] bytes) {
        Frame frame = frame(bytes);
        try {
            return ReplyCodec.decode(frame);
        } finally {
            frame.release();
        }
    }

    /** The one frame that {@code bytes} are. */
    static Frame frame(byte[] bytes) {
        List<Frame> frames = frames(bytes);
        if (frames.size() != 1) {
            throw new WireException(frames.size() + " frames");
        }
        return frames.get(0);
    }

    /** What the decoder makes of {@code bytes}; a {@link WireException} as it threw it. */
    static List<Frame> frames(byte[] bytes) {
        EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder());
        try {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        } catch (DecoderException e) {
            throw (WireException) e.getCause();
        } finally {
            channel.finish();
        }
        List<Frame> frames = new ArrayList<>();
        for (Frame frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
            frames.add(frame);
        }
        return frames;
    }
}
