package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.rpc.impl.ConnectionClosedEventListener;
import com.alipay.sofa.jraft.rpc.impl.core.AppendEntriesRequestProcessor;
import dev.fencekv.io.SocketIo;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peer port: listens, knows who handles what, and keeps one accepted connection per peer and
 * purpose.
 *
 * <p>Safe from any thread.
 */
final class PeerServer implements RpcServer {
    private static final Logger LOG = LoggerFactory.getLogger(PeerServer.class);

    private final PeerTransport transport;
    private final Map<String, RpcProcessor<?>> processors = new ConcurrentHashMap<>();
    private final List<ConnectionClosedEventListener> closedListeners =
            new CopyOnWriteArrayList<>();

    /** The newest accepted connection of each (purpose, address). */
    private final Map<String, PeerConnection> connections = new ConcurrentHashMap<>();

    private final ChannelGroup channels =
            new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);
    private @Nullable Channel listening;
    private boolean shutDown;

    PeerServer(PeerTransport transport) {
        this.transport = transport;
    }

    /**
     * Binds the configured address, and only that.
     *
     * @throws IllegalStateException if it cannot: the engine does not look at what we return
     */
    @Override
    public synchronized boolean init(@Nullable Void nothing) {
        if (listening != null) {
            return true;
        }
        if (shutDown) {
            throw new IllegalStateException("a peer server starts once");
        }
        InetSocketAddress address = transport.bindAddress();
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(transport.io())
                        .channelFactory(SocketIo::newServerChannel)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .option(ChannelOption.SO_BACKLOG, 128)
                        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(
                                        TransportLimits.WRITE_BUFFER_BYTES_LOW,
                                        TransportLimits.WRITE_BUFFER_BYTES_HIGH))
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel ch) {
                                        accept(ch);
                                    }
                                })
                        .bind(address)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IllegalStateException(
                    "cannot listen for peers on " + address + ": " + bound.cause().getMessage(),
                    bound.cause());
        }
        listening = bound.channel();
        LOG.info("listening for peers on {}", address);
        return true;
    }

    private void accept(SocketChannel channel) {
        channels.add(channel);
        if (channels.size() > TransportLimits.INCOMING_CONNECTIONS_MAX) {
            channel.close();
            return;
        }
        transport.addServerTls(channel);
        FrameDecoder decoder = new FrameDecoder();
        channel.pipeline().addLast(decoder);
        transport.addFaults(channel, "");
        channel.pipeline().addLast(new IncomingRequests(transport, this, decoder));
    }

    /**
     * Makes {@code connection} the peer's current one; {@code ready} runs, on any thread, when it
     * may be used.
     *
     * <p>HAZARD: a leader reconnects before we have noticed that its old connection is dead. If the
     * old one's close were told to the engine after the new one's first AppendEntries, the engine
     * would throw away the sequence counters that the new one had just begun, and hold all further
     * responses back. So the old one is closed and buried first, and the peer, which waits for our
     * HELLO, sends nothing until then.
     */
    void admit(PeerConnection connection, Runnable ready) {
        String key = connection.purpose() + " " + connection.remote().address();
        PeerConnection old = connections.put(key, connection);
        CompletableFuture<Void> oldBuried =
                old == null ? CompletableFuture.completedFuture(null) : old.buried;
        connection
                .channel()
                .closeFuture()
                .addListener(
                        closed ->
                                oldBuried.whenComplete(
                                        (nothing, error) ->
                                                transport
                                                        .events()
                                                        .execute(() -> bury(key, connection))));
        oldBuried.whenComplete((nothing, error) -> ready.run());
        if (old != null) {
            old.close();
        }
    }

    /**
     * The listeners take monitors and stop executors: on an event thread, never on an I/O thread.
     */
    private void bury(String key, PeerConnection connection) {
        for (ConnectionClosedEventListener listener : closedListeners) {
            try {
                listener.onClosed(connection.remote().address(), connection);
            } catch (RuntimeException e) {
                LOG.error("a close listener of the engine failed", e);
            }
        }
        connections.remove(key, connection);
        connection.buried.complete(null);
    }

    @Nullable RpcProcessor<?> processor(String requestClass) {
        return processors.get(requestClass);
    }

    List<PeerConnection> connections() {
        return new ArrayList<>(connections.values());
    }

    @Override
    public void registerConnectionClosedEventListener(ConnectionClosedEventListener listener) {
        if (!closedListeners.contains(listener)) {
            closedListeners.add(listener);
        }
    }

    @Override
    public void registerProcessor(RpcProcessor<?> processor) {
        processors.put(processor.interest(), processor);
    }

    @Override
    public synchronized int boundPort() {
        return listening == null
                ? transport.bindAddress().getPort()
                : ((InetSocketAddress) listening.localAddress()).getPort();
    }

    @Override
    public synchronized boolean isStarted() {
        return listening != null;
    }

    /**
     * Returns when the port is free and every close listener has run, or {@code CLOSE_MS_MAX} have
     * passed.
     */
    @Override
    public synchronized void shutdown() {
        shutDown = true;
        if (listening != null) {
            listening.close().awaitUninterruptibly(TransportLimits.CLOSE_MS_MAX);
            listening = null;
        }
        CompletableFuture<?>[] burials =
                connections().stream()
                        .map(connection -> connection.buried)
                        .toArray(CompletableFuture<?>[]::new);
        channels.close().awaitUninterruptibly(TransportLimits.CLOSE_MS_MAX);
        try {
            CompletableFuture.allOf(burials)
                    .get(TransportLimits.CLOSE_MS_MAX, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("peer connections were not closed in time", e);
        }
        for (RpcProcessor<?> processor : processors.values()) {
            if (processor instanceof AppendEntriesRequestProcessor) {
                // A leader that only ever sent heartbeats has a thread here that no close event
                // names.
                ((AppendEntriesRequestProcessor) processor).destroy();
            }
        }
    }
}
