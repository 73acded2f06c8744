package dev.fencekv.bench.micro;

import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Frame;
import dev.fencekv.wire.FrameDecoder;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.ReplyCodec;
import dev.fencekv.wire.Request;
import dev.fencekv.wire.RequestCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A put's request and reply, to bytes and back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameBenchmark {
    private final Request put =
            new Request.Put(
                    new RequestId(new SessionId(7), 1000, 990),
                    List.of(),
                    Samples.keys("key-", 1)[0],
                    Samples.value(),
                    Request.ANY_REVISION,
                    false);
    private final Reply done =
            new Reply(Opcode.PUT, Status.OK, 4711, Samples.STAMP, new Reply.Nothing());
    private final ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(1024);
    private final ByteBuf request = PooledByteBufAllocator.DEFAULT.directBuffer(1024);
    private final ByteBuf reply = PooledByteBufAllocator.DEFAULT.directBuffer(1024);
    private final EmbeddedChannel server = new EmbeddedChannel(new FrameDecoder());

    public FrameBenchmark() {
        RequestCodec.encode(put, 1, Samples.STAMP, request);
        ReplyCodec.encode(done, 1, false, reply);
    }

    @TearDown
    public void release() {
        out.release();
        request.release();
        reply.release();
        server.close();
    }

    @Benchmark
    public ByteBuf encodeRequest() {
        RequestCodec.encode(put, 1, Samples.STAMP, out.clear());
        return out;
    }

    @Benchmark
    public ByteBuf encodeReply() {
        ReplyCodec.encode(done, 1, false, out.clear());
        return out;
    }

    /** Through Netty's pipeline, as in a server. */
    @Benchmark
    public Request decodeRequest() {
        Frame frame = frame(request);
        Request decoded = RequestCodec.decode(frame);
        frame.release();
        return decoded;
    }

    @Benchmark
    public Reply decodeReply() {
        Frame frame = frame(reply);
        Reply decoded = ReplyCodec.decode(frame);
        frame.release();
        return decoded;
    }

    private Frame frame(ByteBuf bytes) {
        server.writeInbound(bytes.retainedDuplicate());
        return server.readInbound();
    }
}
