package dev.fencekv.server.resp;

import dev.fencekv.io.IoThreads;
import dev.fencekv.io.SocketIo;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on one address and gives each connection its handlers. Safe from any thread; each
 * connection is owned by its event loop.
 */
final class RespServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RespServer.class);

    private static final int ACCEPT_QUEUE = 1024;

    /** How long replies under way may take when the server is closed. */
    private static final long CLOSE_MS_MAX = 2_000;

    private final RespHandler handler;
    private final LockSessions sessions;
    private final RespLimits limits;
    private final RespTally tally;
    private final AtomicLong clientIds = new AtomicLong();

    /** Every connection that was not refused, until it is closed. */
    private final Map<Channel, RespConnection> connections = new ConcurrentHashMap<>();

    private final Channel listener;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * @throws IOException naming the address, if it cannot be listened on
     */
    RespServer(
            InetSocketAddress address,
            RespHandler handler,
            LockSessions sessions,
            RespLimits limits,
            RespTally tally)
            throws IOException {
        this.handler = handler;
        this.sessions = sessions;
        this.limits = limits;
        this.tally = tally;
        EventLoopGroup eventLoops = IoThreads.acquire();
        ChannelFuture bound = bootstrap(eventLoops).bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            IoThreads.release();
            throw new IOException(
                    "cannot listen for RESP on "
                            + text(address)
                            + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        this.listener = bound.channel();
        log.info("listening for RESP on {}", text(address()));
    }

    /** Where it listens; the port is the real one, also if it was asked for as 0. */
    InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    private ServerBootstrap bootstrap(EventLoopGroup eventLoops) {
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
                        new WriteBufferWaterMark(
                                limits.writeHighBytes() / 4, limits.writeHighBytes()))
                .childHandler(
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                connected(channel);
                            }
                        });
    }

    private void connected(Channel channel) {
        if (tally.connections.incrementAndGet() > limits.connectionsMax()) {
            tally.connections.decrementAndGet();
            tally.refused.increment();
            // Later: the channel is not ready to write while it is being put together.
            channel.eventLoop().execute(() -> refuseSurplus(channel));
            return;
        }
        RespDecoder decoder = new RespDecoder();
        RespClient client = new RespClient(clientIds.incrementAndGet(), new HeldLocks(sessions));
        RespConnection connection = new RespConnection(decoder, client, handler, limits, tally);
        connections.put(channel, connection);
        connection
                .gone()
                .whenComplete(
                        (nothing, failure) -> {
                            connections.remove(channel);
                            tally.connections.decrementAndGet();
                        });
        channel.pipeline().addLast(decoder).addLast(connection);
    }

    private static void refuseSurplus(Channel channel) {
        ByteBuf out = channel.alloc().ioBuffer();
        RespEncoder.encode(
                new RespReply.Error("ERR max number of clients reached on this node"), 2, out);
        channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
    }

    /** Stops listening and closes all connections, their locks given back. Not on an event loop. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        listener.close().awaitUninterruptibly();
        connections.forEach(
                (channel, connection) -> channel.eventLoop().execute(connection::leave));
        awaitGone();
        connections.keySet().forEach(Channel::close);
        awaitGone();
        IoThreads.release();
    }

    private void awaitGone() {
        CompletableFuture<?>[] gone =
                connections.values().stream()
                        .map(RespConnection::gone)
                        .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(gone)
                .completeOnTimeout(null, CLOSE_MS_MAX, TimeUnit.MILLISECONDS)
                .join();
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
