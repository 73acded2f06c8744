package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that somebody made to us: first its HELLO is judged, then its AppendEntries are
 * handled here, in the order in which they arrive, and its other requests by a pool.
 *
 * <p>Owned by its channel's event loop.
 */
final class IncomingRequests extends SimpleChannelInboundHandler<ByteBuf> {
    private static final Logger LOG = LoggerFactory.getLogger(IncomingRequests.class);

    private final PeerTransport transport;
    private final PeerServer server;
    private final FrameDecoder decoder;

    /** Bytes of requests that wait for a thread. */
    private final AtomicLong waitingBytes = new AtomicLong();

    /** Set when the peer's HELLO was found good; requests only after {@link #welcomed}. */
    private @Nullable PeerConnection connection;

    /** Our own HELLO is out. */
    private boolean welcomed;

    private boolean reading = true;

    IncomingRequests(PeerTransport transport, PeerServer server, FrameDecoder decoder) {
        this.transport = transport;
        this.server = server;
        this.decoder = decoder;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.executor()
                .schedule(
                        () -> {
                            if (connection == null) {
                                ctx.close();
                            }
                        },
                        TransportLimits.HELLO_MS_MAX,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) throws IOException {
        FrameKind kind = FrameKind.of(frame.readUnsignedByte());
        if (kind == null) {
            throw new CorruptedFrameException("unknown frame kind");
        }
        PeerConnection known = connection;
        if (known != null) {
            transport.listener().heard(known.remote().address());
        }
        switch (kind) {
            case REQUEST:
                onRequest(frame);
                break;
            case HELLO:
                onHello(ctx.channel(), frame);
                break;
            case PING:
                if (welcomed) {
                    ctx.writeAndFlush(Frames.empty(ctx.alloc(), FrameKind.PONG));
                }
                break;
            case DIGEST:
                onDigest(frame);
                break;
            case PROBE:
                onProbe(ctx, frame);
                break;
            case REFUSAL:
                transport.onRefused(remoteName(ctx.channel()), Frames.readText(frame));
                ctx.close();
                break;
            default:
                throw new CorruptedFrameException(kind + " from the side that called");
        }
    }

    /** Answered by this thread, at once: the other side measures how long it takes. */
    private void onProbe(ChannelHandlerContext ctx, ByteBuf frame) {
        PeerConnection from = connection;
        if (from == null || !welcomed) {
            throw new CorruptedFrameException("a probe before the HELLO");
        }
        long sent = readSent(frame);
        transport.listener().reported(from.remote().address(), Frames.readReport(frame));
        ctx.writeAndFlush(
                Frames.probe(
                        ctx.alloc(), FrameKind.PROBE_ANSWER, sent, transport.listener().report()));
    }

    private static long readSent(ByteBuf probe) {
        if (probe.readableBytes() < Long.BYTES) {
            throw new CorruptedFrameException("a probe that is too short");
        }
        return probe.readLong();
    }

    private void onDigest(ByteBuf frame) {
        PeerConnection from = connection;
        if (from == null) {
            throw new CorruptedFrameException("a digest before the HELLO");
        }
        transport.onDigest(from.remote().address(), frame);
    }

    // ---- who is it ----

    private void onHello(Channel channel, ByteBuf frame) {
        if (connection != null) {
            throw new CorruptedFrameException("a second HELLO");
        }
        Hello hello;
        try {
            hello = Hello.decode(frame);
        } catch (CorruptedFrameException e) {
            transport.refuse(channel, remoteName(channel), String.valueOf(e.getMessage()));
            return;
        }
        PeerHello remote = hello.peer();
        if (remote.address().equals(transport.localHello().address())) {
            transport.refuse(
                    channel,
                    remoteName(channel),
                    "it uses this node's own address " + remote.address());
            return;
        }
        Verdict verdict = transport.judgeNew(remote, channel);
        if (!verdict.accepted()) {
            transport.refuse(channel, remote.address(), verdict.reason());
            return;
        }
        FaultyLink faulty = channel.pipeline().get(FaultyLink.class);
        if (faulty != null) {
            faulty.isTo(remote.address());
        }
        PeerConnection accepted = new PeerConnection(channel, remote, hello.purpose());
        connection = accepted;
        server.admit(accepted, () -> channel.eventLoop().execute(() -> welcome(channel, accepted)));
    }

    private void welcome(Channel channel, PeerConnection accepted) {
        if (!channel.isActive()) {
            return;
        }
        transport.met(accepted.remote());
        decoder.trust();
        welcomed = true;
        channel.pipeline()
                .addFirst(
                        new IdleStateHandler(
                                TransportLimits.INCOMING_SILENCE_SECONDS_MAX,
                                0,
                                0,
                                TimeUnit.SECONDS));
        channel.writeAndFlush(
                new Hello(transport.localHello(), accepted.purpose()).encode(channel.alloc()));
    }

    private String remoteName(Channel channel) {
        // Without the ephemeral port: a stranger that comes back is the same stranger.
        PeerConnection of = connection;
        return of != null
                ? of.remote().address()
                : channel.remoteAddress() instanceof InetSocketAddress
                        ? ((InetSocketAddress) channel.remoteAddress())
                                .getAddress()
                                .getHostAddress()
                        : "somebody";
    }

    // ---- what does it want ----

    private void onRequest(ByteBuf frame) throws IOException {
        PeerConnection from = connection;
        if (from == null || !welcomed) {
            throw new CorruptedFrameException("a request before the HELLO");
        }
        long bytes = frame.readableBytes() + TransportLimits.REQUEST_OVERHEAD_BYTES;
        Frames.verify(frame);
        long id = frame.readLong();
        int number = frame.readUnsignedShort();
        MessageType type = MessageType.of(number);
        RpcProcessor<?> processor = type == null ? null : server.processor(type.className());
        if (type == null || processor == null) {
            from.answer(
                    id,
                    PeerConnection.error(
                            RaftError.EINVAL, "message " + number + " is not served here"));
            return;
        }
        Message request = type.parse(frame);
        if (!SenderCheck.isHonest(
                request, from.remote().address(), transport.localHello().address())) {
            transport.logRefusal(
                    from.remote().address(), type + " in another node's name, or for another node");
            from.close();
            return;
        }
        dispatch(from, id, request, processor, bytes);
    }

    /**
     * HAZARD: the engine needs the entries of a pair in order, and counts their answers in order.
     * The event loop of their one connection is the thread that keeps both, and saves waking
     * another one for each entry. It waits there for the engine's locks at most, which are held as
     * long while a vote is written; the disk of the log has a thread of its own.
     */
    private void dispatch(
            PeerConnection from, long id, Message request, RpcProcessor<?> processor, long bytes) {
        if (request instanceof AppendEntriesRequest) {
            PutTrace.mark(Stage.FOLLOWER_READ);
            transport.heardAppend(((AppendEntriesRequest) request).getServerId());
            handle(from, id, request, processor);
            return;
        }
        Executor executor = processor.executor();
        if (executor == null) {
            executor = transport.requestPool(from.purpose());
        }
        waitingBytes.addAndGet(bytes);
        try {
            executor.execute(
                    () -> {
                        try {
                            handle(from, id, request, processor);
                        } finally {
                            noLongerWaits(from, bytes);
                        }
                    });
        } catch (RejectedExecutionException full) {
            waitingBytes.addAndGet(-bytes);
            from.answer(id, PeerConnection.error(RaftError.EBUSY, "too many requests"));
        }
        updateReading(from.channel());
    }

    private static void handle(
            PeerConnection from, long id, Message request, RpcProcessor<?> processor) {
        try {
            // The processor is registered under the class of its request.
            @SuppressWarnings("unchecked")
            RpcProcessor<Message> typed = (RpcProcessor<Message>) processor;
            typed.handleRequest(new Incoming(from, id), request);
        } catch (Throwable t) {
            LOG.error("a request of {} failed", from.remote().address(), t);
            from.answer(id, PeerConnection.error(RaftError.EINTERNAL, "the request failed"));
        }
    }

    private void noLongerWaits(PeerConnection from, long bytes) {
        long before = waitingBytes.getAndAdd(-bytes);
        if (before >= TransportLimits.WAITING_REQUEST_BYTES_LOW
                && before - bytes < TransportLimits.WAITING_REQUEST_BYTES_LOW
                && from.channel().isActive()) {
            from.channel().eventLoop().execute(() -> updateReading(from.channel()));
        }
    }

    /**
     * Stops reading while too much waits, in either direction: the peer's own limits do the rest.
     */
    private void updateReading(Channel channel) {
        long waiting = waitingBytes.get();
        boolean read =
                channel.isWritable()
                        && (reading
                                ? waiting <= TransportLimits.WAITING_REQUEST_BYTES_HIGH
                                : waiting < TransportLimits.WAITING_REQUEST_BYTES_LOW);
        if (read != reading) {
            reading = read;
            channel.config().setAutoRead(read);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        updateReading(ctx.channel());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof IdleStateEvent) {
            LOG.info("{} is silent, closing its connection", remoteName(ctx.channel()));
            ctx.close();
            return;
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        boolean hungUp =
                cause instanceof IOException && !(cause instanceof InvalidProtocolBufferException);
        if (!hungUp || connection == null) {
            transport.logRefusal(remoteName(ctx.channel()), String.valueOf(cause.getMessage()));
        }
        ctx.close();
    }

    private record Incoming(PeerConnection connection, long requestId) implements RpcContext {
        @Override
        public void sendResponse(Object response) {
            connection.answer(requestId, response);
        }

        @Override
        public Connection getConnection() {
            return connection;
        }

        @Override
        public String getRemoteAddress() {
            return connection.remote().address();
        }
    }
}
