package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequestHeader;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
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
 * One connection that somebody made to us: first its HELLO is judged, then its requests are handed
 * to the executors that the engine names, in the order in which they arrive.
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
            case REFUSAL:
                transport.onRefused(remoteName(ctx.channel()), Frames.readText(frame));
                ctx.close();
                break;
            default:
                throw new CorruptedFrameException(kind + " from the side that called");
        }
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
        Verdict verdict = transport.judge(remote, channel);
        if (!verdict.accepted()) {
            transport.refuse(channel, remote.address(), verdict.reason());
            return;
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

    private void dispatch(
            PeerConnection from, long id, Message request, RpcProcessor<?> processor, long bytes) {
        try {
            Executor executor = executorFor(from, request, processor);
            waitingBytes.addAndGet(bytes);
            boolean handedOver = false;
            try {
                executor.execute(() -> handle(from, id, request, processor, bytes));
                handedOver = true;
            } finally {
                if (!handedOver) {
                    waitingBytes.addAndGet(-bytes);
                }
            }
            updateReading(from.channel());
        } catch (RejectedExecutionException full) {
            from.answer(id, PeerConnection.error(RaftError.EBUSY, "too many requests"));
        } catch (RuntimeException | AssertionError e) {
            // The engine's selector trips over a node that is just being stopped.
            LOG.warn("no executor for a request of {}", from.remote().address(), e);
            from.answer(
                    id, PeerConnection.error(RaftError.EINTERNAL, "no executor for the request"));
        }
    }

    /**
     * HAZARD: the selector may wait on the I/O thread for a monitor that the engine holds while it
     * stops the thread of another leader's connection: as long as one append, seconds at worst, and
     * only when leaders change.
     */
    private Executor executorFor(PeerConnection from, Message request, RpcProcessor<?> processor) {
        Executor executor = null;
        RpcProcessor.ExecutorSelector selector = processor.executorSelector();
        if (selector != null) {
            executor = selector.select(processor.interest(), headerOf(request));
        }
        if (executor == null) {
            executor = processor.executor();
        }
        return executor == null ? transport.requestPool(from.purpose()) : executor;
    }

    /** The engine's selector casts to the header. */
    private Object headerOf(Message request) {
        if (!(request instanceof AppendEntriesRequest)) {
            return request;
        }
        AppendEntriesRequest append = (AppendEntriesRequest) request;
        transport.heardAppend(append.getServerId());
        return AppendEntriesRequestHeader.newBuilder()
                .setGroupId(append.getGroupId())
                .setPeerId(append.getPeerId())
                .setServerId(append.getServerId())
                .build();
    }

    private void handle(
            PeerConnection from, long id, Message request, RpcProcessor<?> processor, long bytes) {
        try {
            // The processor is registered under the class of its request.
            @SuppressWarnings("unchecked")
            RpcProcessor<Message> typed = (RpcProcessor<Message>) processor;
            typed.handleRequest(new Incoming(from, id), request);
        } catch (Throwable t) {
            LOG.error("a request of {} failed", from.remote().address(), t);
            from.answer(id, PeerConnection.error(RaftError.EINTERNAL, "the request failed"));
        } finally {
            long before = waitingBytes.getAndAdd(-bytes);
            if (before >= TransportLimits.WAITING_REQUEST_BYTES_LOW
                    && before - bytes < TransportLimits.WAITING_REQUEST_BYTES_LOW
                    && from.channel().isActive()) {
                from.channel().eventLoop().execute(() -> updateReading(from.channel()));
            }
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
