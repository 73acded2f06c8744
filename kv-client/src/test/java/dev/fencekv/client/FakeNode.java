package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Frame;
import dev.fencekv.wire.FrameDecoder;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.ReplyCodec;
import dev.fencekv.wire.Request;
import dev.fencekv.wire.RequestCodec;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node on loopback that speaks the protocol, answers from a {@link FakeStore}, and misbehaves as
 * a test scripts it. Safe from any thread.
 */
public final class FakeNode implements AutoCloseable {
    /** A request as it came, and the way back. */
    public record Ask(Channel channel, long correlation, HybridTimestamp seen, Request request) {
        public void reply(Reply reply) {
            send(reply, false);
        }

        public void replyMore(Reply reply) {
            send(reply, true);
        }

        public void reply(Status status) {
            reply(new Reply(request.opcode(), status, 0, HybridTimestamp.ZERO, Reply.NOTHING));
        }

        public void reply(Status status, Reply.Body body) {
            reply(new Reply(request.opcode(), status, 0, HybridTimestamp.ZERO, body));
        }

        public void disconnect() {
            channel.close();
        }

        boolean sameChannel(Ask other) {
            return channel == other.channel;
        }

        private void send(Reply reply, boolean more) {
            ByteBuf out = channel.alloc().buffer();
            ReplyCodec.encode(reply, correlation, more, out);
            channel.writeAndFlush(out);
        }
    }

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final FakeStore store;
    private final long id;
    private final Channel server;
    private final Set<Channel> clients = ConcurrentHashMap.newKeySet();
    private final List<Ask> received = new CopyOnWriteArrayList<>();
    private final Map<Opcode, Deque<Consumer<Ask>>> scripts = new EnumMap<>(Opcode.class);
    private final Map<Opcode, Consumer<Ask>> always = new EnumMap<>(Opcode.class);

    private FakeNode(FakeStore store, long id) {
        this.store = store;
        this.id = id;
        this.server =
                new ServerBootstrap()
                        .group(group)
                        .channel(NioServerSocketChannel.class)
                        .childHandler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline()
                                                .addLast(new FrameDecoder(), new Inbound());
                                    }
                                })
                        .bind("127.0.0.1", 0)
                        .syncUninterruptibly()
                        .channel();
    }

    /** A node of {@code store}'s cluster; the first one leads. */
    public static FakeNode start(FakeStore store) {
        FakeNode node = new FakeNode(store, store.nodes.size() + 1);
        store.nodes.add(node);
        if (store.leader == null) {
            store.leader = node;
        }
        return node;
    }

    long id() {
        return id;
    }

    FakeStore store() {
        return store;
    }

    public String endpoint() {
        return "127.0.0.1:" + ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** The next request of this kind that has no script yet is handled by {@code script}. */
    public FakeNode next(Opcode opcode, Consumer<Ask> script) {
        synchronized (scripts) {
            scripts.computeIfAbsent(opcode, unused -> new ArrayDeque<>()).add(script);
        }
        return this;
    }

    /** Every request of this kind without a script of its own; until {@link #behave}. */
    public FakeNode always(Opcode opcode, Consumer<Ask> script) {
        synchronized (scripts) {
            always.put(opcode, script);
        }
        return this;
    }

    public void behave(Opcode opcode) {
        synchronized (scripts) {
            always.remove(opcode);
        }
    }

    /** Answers as the store would. */
    public void answer(Ask ask) {
        store.handle(this, ask);
    }

    /** All requests of a kind so far. */
    public List<Ask> received(Opcode opcode) {
        return received.stream().filter(ask -> ask.request().opcode() == opcode).toList();
    }

    <T extends Request> List<T> received(Class<T> type) {
        List<T> found = new ArrayList<>();
        for (Ask ask : received) {
            if (type.isInstance(ask.request())) {
                found.add(type.cast(ask.request()));
            }
        }
        return found;
    }

    /** Cuts all connections; new ones are welcome. */
    public void disconnectAll() {
        clients.forEach(Channel::close);
    }

    int connections() {
        return clients.size();
    }

    @Override
    public void close() {
        if (group.isShuttingDown()) {
            return;
        }
        server.close().syncUninterruptibly();
        clients.forEach(client -> client.close().syncUninterruptibly());
        group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS);
    }

    private @Nullable Consumer<Ask> script(Opcode opcode) {
        synchronized (scripts) {
            Deque<Consumer<Ask>> queue = scripts.get(opcode);
            Consumer<Ask> next = queue == null ? null : queue.poll();
            return next == null ? always.get(opcode) : next;
        }
    }

    private final class Inbound extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            clients.add(context.channel());
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            clients.remove(context.channel());
            store.forget(new Ask(context.channel(), 0, HybridTimestamp.ZERO, new Request.Ping()));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Frame frame = (Frame) message;
            Ask ask;
            try {
                ask =
                        new Ask(
                                context.channel(),
                                frame.correlation(),
                                frame.stamp(),
                                RequestCodec.decode(frame));
            } finally {
                frame.release();
            }
            received.add(ask);
            Consumer<Ask> script = script(ask.request().opcode());
            if (script != null) {
                script.accept(ask);
            } else {
                answer(ask);
            }
        }
    }
}
