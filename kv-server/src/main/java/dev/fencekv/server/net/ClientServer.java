package dev.fencekv.server.net;

import dev.fencekv.io.IoThreads;
import dev.fencekv.io.SocketIo;
import dev.fencekv.kv.Status;
import dev.fencekv.server.request.RequestHandler;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import dev.fencekv.wire.Frame;
import dev.fencekv.wire.FrameDecoder;
import dev.fencekv.wire.Opcode;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client port: listens on one address, gives each connection its handlers, and ends them in
 * good order. Safe from any thread; each connection is owned by its event loop.
 */
public final class ClientServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClientServer.class);
    private static final int ACCEPT_QUEUE = 1024;

    private final RequestHandler handler;
    private final TlsHook tls;
    private final NetLimits limits;
    private final Budget requestBytes;
    private final Budget partialBytes;
    private final Budget unsentBytes;
    private final EventLoopGroup eventLoops;

    /** Every connection that was not refused, until it is closed. */
    private final Map<Channel, NettyClientConnection> connections = new ConcurrentHashMap<>();

    private final Channel listener;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Listens on {@code address} and nothing else.
     *
     * @throws IOException naming the address, if it cannot be listened on
     */
    public static ClientServer start(InetSocketAddress address, RequestHandler handler, TlsHook tls)
            throws IOException {
        return new ClientServer(address, handler, tls, NetLimits.DEFAULT);
    }

    ClientServer(InetSocketAddress address, RequestHandler handler, TlsHook tls, NetLimits limits)
            throws IOException {
        this.handler = handler;
        this.tls = tls;
        this.limits = limits;
        this.requestBytes = new Budget(limits.requestBytesMax());
        this.partialBytes = new Budget(limits.partialBytesMax());
        this.unsentBytes = new Budget(limits.unsentBytesMax());
        this.eventLoops = IoThreads.acquire();
        ChannelFuture bound = bootstrap().bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            IoThreads.release();
            throw new IOException(
                    "cannot listen for clients on "
                            + text(address)
                            + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        this.listener = bound.channel();
        log.info("listening for clients on {}", text(address()));
    }

    /** Where it listens; the port is the real one, also if it was asked for as 0. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** How many clients are connected. */
    public int connections() {
        return connections.size();
    }

    /** The threads that serve connections, for those who watch whether they are paused. */
    public EventLoopGroup eventLoops() {
        return eventLoops;
    }

    /**
     * Stops listening, lets the replies to requests in flight go out, closes all connections. Takes
     * a few seconds at most; blocks. Must not be called on an event loop.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        listener.close().awaitUninterruptibly();
        connections.forEach((channel, connection) -> channel.eventLoop().execute(connection::end));
        long deadlineNanos = System.nanoTime() + limits.farewellWithin().toNanos();
        for (Channel channel : connections.keySet()) {
            channel.closeFuture()
                    .awaitUninterruptibly(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
        for (Channel channel : connections.keySet()) {
            channel.close();
        }
        IoThreads.release();
    }

    Budget requestBytes() {
        return requestBytes;
    }

    Budget partialBytes() {
        return partialBytes;
    }

    Budget unsentBytes() {
        return unsentBytes;
    }

    private ServerBootstrap bootstrap() {
        return new ServerBootstrap()
                .group(eventLoops)
                .channelFactory(SocketIo::newServerChannel)
                .option(ChannelOption.SO_BACKLOG, ACCEPT_QUEUE)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(limits.writeLowBytes(), limits.writeHighBytes()))
                .childHandler(
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                connected(channel);
                            }
                        });
    }

    private void connected(Channel channel) {
        tls.addTo(channel.pipeline());
        NettyClientConnection connection =
                new NettyClientConnection(channel, limits, requestBytes, unsentBytes);
        connections.put(channel, connection);
        channel.closeFuture().addListener(closed -> connections.remove(channel));
        FrameDecoder decoder = new FrameDecoder();
        if (PutTrace.isOn()) {
            channel.pipeline().addLast(new ReadMark());
        }
        channel.pipeline()
                .addLast(decoder)
                .addLast(new ClientRequests(connection, decoder, handler, limits, partialBytes));
        if (connections.size() > limits.connectionsMax()) {
            // Later: the channel is not ready to write while it is being put together.
            channel.eventLoop().execute(() -> refuseSurplus(connection));
        }
    }

    private void refuseSurplus(NettyClientConnection connection) {
        connection.refuse(
                Opcode.HELLO,
                Frame.NO_REQUEST,
                Status.OVERLOADED,
                "this node serves at most " + limits.connectionsMax() + " connections");
    }

    private static final class ReadMark extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            PutTrace.mark(Stage.READ);
            context.fireChannelRead(bytes);
        }
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
