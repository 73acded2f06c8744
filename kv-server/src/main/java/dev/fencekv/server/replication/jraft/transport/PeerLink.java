package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.util.Endpoint;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.fencekv.check.Check;
import dev.fencekv.io.SocketIo;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our side of the calls to one peer for one purpose: at most one connection at a time, dialled
 * again in the background for as long as somebody wants it. Shared by all groups of the process.
 *
 * <p>Owned by its event loop, on which all its channels live. Other threads call {@link #send},
 * {@link #isUsable} and {@link #close} only; these never wait.
 *
 * <p>Guarantees: 1. calls reach the peer in the order of {@link #send}, or not at all. 2. each call
 * is settled once: it is in the mailbox, or among the open calls, or settled, and only the event
 * loop moves it. 3. nothing is sent before both sides have accepted each other's HELLO.
 */
final class PeerLink {
    private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);

    private enum State {
        /** Nobody has asked yet, or not for long. */
        IDLE,
        /** From the connect until both HELLOs are accepted. Calls queue up. */
        DIALING,
        OPEN,
        /** The last attempt failed; the next is scheduled. Calls fail at once. */
        BACKING_OFF,
        CLOSED
    }

    private final PeerTransport transport;
    private final Endpoint endpoint;

    /** The endpoint as text. */
    private final String address;

    private final Purpose purpose;
    private final EventLoop loop;
    private final Mailbox<Call> mailbox;

    private final OpenCalls calls;

    // Written by the event loop alone, read by any thread.
    private volatile State state = State.IDLE;
    private volatile boolean writable;
    private volatile long dialedAtNanos;

    /** Written by any thread. */
    private volatile long wantedAtNanos = System.nanoTime();

    // Event loop only.
    private @Nullable Channel channel;

    /** Who is at the other end while the connection is open. */
    private @Nullable PeerHello remote;

    private int failuresInARow;
    private long openedAtNanos;
    private long heardAtNanos;
    private long keptAliveAtNanos;
    private String lastFailure = "never tried";

    PeerLink(PeerTransport transport, Endpoint endpoint, Purpose purpose, EventLoop loop) {
        this.transport = transport;
        this.endpoint = endpoint;
        this.address = endpoint.toString();
        this.purpose = purpose;
        this.loop = loop;
        this.calls = new OpenCalls(loop, endpoint);
        this.mailbox = new Mailbox<>(loop, this::take, this::flush);
    }

    // ---- any thread ----

    /**
     * Answers from what is known, and makes a connection in the background if there is none.
     *
     * <p>HAZARD: elections ask this under the node's write lock, for one peer after the other. A
     * wait here, of a second for each dead peer, would stop the node as long. And "no" to a
     * connection that is only just being made would cost the first vote, hence the next election
     * timeout: while the attempt is young we say yes and queue.
     */
    boolean isUsable() {
        want();
        switch (state) {
            case IDLE:
                return true;
            case DIALING:
                return System.nanoTime() - dialedAtNanos
                        < TimeUnit.MILLISECONDS.toNanos(TransportLimits.YOUNG_DIAL_MS);
            case OPEN:
                return writable;
            default:
                return false;
        }
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** Takes over the call: it will be settled, on an executor. */
    void send(Call call) {
        if (calls.admit(call)) {
            mailbox.put(call);
        }
    }

    /** Fails the calls that {@code owner} still waits for. */
    void abandon(Object owner) {
        run(() -> calls.fail(call -> call.owner == owner, "the caller was shut down"));
    }

    /** Closes the connection; it is made again when somebody wants it. */
    void disconnect() {
        run(
                () -> {
                    if (channel != null) {
                        channel.close();
                    }
                });
    }

    /** Asks the identity again about the peer of an open connection. */
    void judgeAgain() {
        run(
                () -> {
                    Channel open = channel;
                    PeerHello known = remote;
                    if (state == State.OPEN && open != null && known != null) {
                        Verdict verdict = transport.judge(known, open);
                        if (!verdict.accepted()) {
                            refuse(open, verdict.reason());
                        }
                    }
                });
    }

    /** For ever; complete when every call has been settled. */
    Future<?> close() {
        if (loop.isShuttingDown()) {
            return loop.newSucceededFuture(null);
        }
        return loop.submit(
                () -> {
                    state = State.CLOSED;
                    writable = false;
                    calls.fail(call -> true, "the transport was closed");
                    if (channel != null) {
                        channel.close();
                    }
                });
    }

    private void want() {
        wantedAtNanos = System.nanoTime();
        if (state == State.IDLE) {
            run(
                    () -> {
                        if (state == State.IDLE) {
                            dial();
                        }
                    });
        }
    }

    private void run(Runnable onLoop) {
        if (!loop.isShuttingDown()) {
            loop.execute(onLoop);
        }
    }

    // ---- event loop: calls ----

    private void take(Call call) {
        wantedAtNanos = System.nanoTime();
        if (state == State.IDLE && !loop.isShuttingDown()) {
            dial();
        }
        if (state != State.OPEN && state != State.DIALING) {
            calls.refuse(call, "no connection to " + endpoint + ": " + lastFailure);
            return;
        }
        calls.add(call);
        writeUnsent();
    }

    private void flush() {
        if (channel != null && state == State.OPEN) {
            channel.flush();
            PutTrace.mark(Stage.FORWARDED);
        }
    }

    private void writeUnsent() {
        if (channel != null && state == State.OPEN) {
            calls.writeTo(channel);
        }
    }

    // ---- event loop: the connection ----

    private void dial() {
        dialedAtNanos = System.nanoTime();
        state = State.DIALING;
        String host = endpoint.getIp();
        if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
            connect(new InetSocketAddress(host, endpoint.getPort()));
            return;
        }
        // HAZARD: a name server may take seconds to answer; every link shares these event loops.
        transport.events().execute(() -> resolve(host));
    }

    private void resolve(String host) {
        try {
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByName(host), endpoint.getPort());
            run(() -> connect(address));
        } catch (UnknownHostException e) {
            run(() -> lost(null, "unknown host " + host));
        }
    }

    private void connect(InetSocketAddress address) {
        if (state != State.DIALING) {
            return;
        }
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channelFactory(SocketIo::newChannel)
                        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.SO_KEEPALIVE, true)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                TransportLimits.TCP_CONNECT_MS_MAX)
                        .option(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(
                                        TransportLimits.WRITE_BUFFER_BYTES_LOW,
                                        TransportLimits.WRITE_BUFFER_BYTES_HIGH))
                        .handler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel ch) {
                                        FrameDecoder decoder = new FrameDecoder();
                                        transport.addClientTls(ch, endpoint);
                                        ch.pipeline().addLast(decoder);
                                        transport.addFaults(ch, endpoint.toString());
                                        ch.pipeline().addLast(new Answers(decoder));
                                    }
                                });
        var connecting = bootstrap.connect(address);
        Channel attempt = connecting.channel();
        channel = attempt;
        connecting.addListener(
                connected -> {
                    if (!connected.isSuccess()) {
                        lost(attempt, String.valueOf(connected.cause().getMessage()));
                    }
                });
    }

    private void open(Channel opened, PeerHello by) {
        remote = by;
        state = State.OPEN;
        openedAtNanos = System.nanoTime();
        heardAtNanos = openedAtNanos;
        keptAliveAtNanos = openedAtNanos;
        writable = opened.isWritable();
        lastFailure = "";
        transport.met(by);
        LOG.info(
                "{} connection to {} (node {}) is open",
                purpose,
                endpoint,
                Long.toHexString(by.nodeId()));
        writeUnsent();
        flush();
        scheduleKeepAlive(opened);
        if (purpose == Purpose.LOG) {
            transport.announceConnected(endpoint);
        }
    }

    /** The attempt or the connection is over. */
    private void lost(@Nullable Channel attempt, String why) {
        if (attempt != channel || state == State.CLOSED || state == State.BACKING_OFF) {
            return;
        }
        long now = System.nanoTime();
        boolean steady =
                state == State.OPEN
                        && now - openedAtNanos
                                > TimeUnit.MILLISECONDS.toNanos(
                                        TransportLimits.STEADY_CONNECTION_MS);
        if (state == State.OPEN) {
            LOG.info("{} connection to {} is lost: {}", purpose, endpoint, why);
        } else if (!why.equals(lastFailure)) {
            LOG.info("no {} connection to {}: {}", purpose, endpoint, why);
        }
        failuresInARow = steady ? 0 : failuresInARow + 1;
        lastFailure = why;
        backOff(redialMs());
    }

    private void backOff(long ms) {
        channel = null;
        remote = null;
        writable = false;
        state = State.BACKING_OFF;
        calls.fail(call -> true, lastFailure);
        loop.schedule(this::redial, ms, TimeUnit.MILLISECONDS);
    }

    private long redialMs() {
        long ms =
                Math.min(
                        TransportLimits.REDIAL_MS_MAX,
                        (long) TransportLimits.REDIAL_MS_MIN << Math.min(failuresInARow, 8));
        return ms / 2 + ThreadLocalRandom.current().nextLong(ms / 2 + 1);
    }

    private void redial() {
        if (state != State.BACKING_OFF) {
            return;
        }
        if (System.nanoTime() - wantedAtNanos
                > TimeUnit.MILLISECONDS.toNanos(TransportLimits.WANTED_MS)) {
            state = State.IDLE;
            return;
        }
        dial();
    }

    private void refused(Channel by, String reason) {
        if (by != channel || state == State.CLOSED) {
            return;
        }
        transport.onRefused(endpoint.toString(), reason);
        lastFailure = "it refuses us: " + reason;
        backOff(TransportLimits.REDIAL_REFUSED_MS);
        by.close();
    }

    /** We refuse the peer: it is told, and called again later, as its operator may mend it. */
    private void refuse(Channel them, String reason) {
        transport.refuse(them, endpoint.toString(), reason);
        lastFailure = "refused: " + reason;
        backOff(TransportLimits.REDIAL_REFUSED_MS);
    }

    private void scheduleKeepAlive(Channel of) {
        loop.schedule(() -> keepAlive(of), TransportLimits.KEEPALIVE_MS, TimeUnit.MILLISECONDS);
    }

    private void keepAlive(Channel of) {
        if (of != channel || state != State.OPEN) {
            return;
        }
        long now = System.nanoTime();
        long lateMs =
                TimeUnit.NANOSECONDS.toMillis(now - keptAliveAtNanos)
                        - TransportLimits.KEEPALIVE_MS;
        keptAliveAtNanos = now;
        if (lateMs > TransportLimits.KEEPALIVE_MS) {
            // HAZARD: it was us who slept; the peer's answers wait unread in the socket.
            heardAtNanos = now;
        }
        long silenceMs = TimeUnit.NANOSECONDS.toMillis(now - heardAtNanos);
        if (silenceMs > TransportLimits.SILENCE_MS_MAX) {
            lost(of, "silent for " + silenceMs + " ms");
            of.close();
            return;
        }
        if (silenceMs >= TransportLimits.KEEPALIVE_MS / 2) {
            of.writeAndFlush(Frames.empty(of.alloc(), FrameKind.PING));
        }
        scheduleKeepAlive(of);
    }

    Purpose purpose() {
        return purpose;
    }

    /** Tells the peer how we are, and asks how it is. Never waits. */
    void probe() {
        run(
                () -> {
                    Channel open = channel;
                    if (state == State.OPEN && open != null && open.isWritable()) {
                        open.writeAndFlush(
                                Frames.probe(
                                        open.alloc(),
                                        FrameKind.PROBE,
                                        System.nanoTime(),
                                        transport.listener().report()));
                    }
                });
    }

    /** Never waits; says nothing if the connection is not open. */
    void tellDigest(long index, long digest) {
        loop.execute(
                () -> {
                    Channel open = channel;
                    if (state == State.OPEN && open != null) {
                        open.writeAndFlush(Frames.digest(open.alloc(), index, digest));
                    }
                });
    }

    /** What comes back on one channel. */
    private final class Answers extends SimpleChannelInboundHandler<ByteBuf> {
        private final FrameDecoder decoder;
        private @Nullable String failure;

        Answers(FrameDecoder decoder) {
            this.decoder = decoder;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            // With TLS this waits inside the TLS handler until the handshake is done.
            ctx.writeAndFlush(new Hello(transport.localHello(), purpose).encode(ctx.alloc()));
            loop.schedule(
                    () -> {
                        if (channel == ctx.channel() && state == State.DIALING) {
                            failure = "no HELLO in time";
                            ctx.close();
                        }
                    },
                    TransportLimits.HELLO_MS_MAX,
                    TimeUnit.MILLISECONDS);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) throws Exception {
            if (ctx.channel() != channel) {
                return;
            }
            heardAtNanos = System.nanoTime();
            if (state == State.OPEN) {
                transport.listener().heard(address);
            }
            FrameKind kind = FrameKind.of(frame.readUnsignedByte());
            if (kind == null) {
                throw new CorruptedFrameException("unknown frame kind");
            }
            switch (kind) {
                case RESPONSE:
                    Check.invariant(
                            state == State.OPEN || state == State.CLOSED,
                            "requests follow the HELLO");
                    onResponse(frame);
                    break;
                case HELLO:
                    onHello(ctx.channel(), Hello.decode(frame));
                    break;
                case REFUSAL:
                    refused(ctx.channel(), Frames.readText(frame));
                    break;
                case PONG:
                    break;
                case PROBE_ANSWER:
                    Check.invariant(state == State.OPEN, "answers follow the HELLO");
                    long roundTrip = System.nanoTime() - frame.readLong();
                    transport.listener().answered(address, roundTrip, Frames.readReport(frame));
                    break;
                case DIGEST:
                    Check.invariant(state == State.OPEN, "digests follow the HELLO");
                    transport.onDigest(endpoint.toString(), frame);
                    break;
                default:
                    throw new CorruptedFrameException(kind + " from the side that was called");
            }
        }

        private void onHello(Channel from, Hello hello) {
            if (state != State.DIALING) {
                throw new CorruptedFrameException("a second HELLO");
            }
            PeerHello remote = hello.peer();
            if (!remote.address().equals(endpoint.toString())) {
                refuse(from, "called " + endpoint + ", reached " + remote.address());
                return;
            }
            if (hello.purpose() != purpose) {
                refuse(from, "called for " + purpose + ", answered for " + hello.purpose());
                return;
            }
            Verdict verdict = transport.judgeNew(remote, from);
            if (!verdict.accepted()) {
                refuse(from, verdict.reason());
                return;
            }
            decoder.trust();
            open(from, remote);
        }

        private void onResponse(ByteBuf frame) throws InvalidProtocolBufferException {
            Frames.verify(frame);
            long id = frame.readLong();
            MessageType type = MessageType.of(frame.readUnsignedShort());
            calls.answer(id, type, frame);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel() == channel && state == State.OPEN) {
                writable = ctx.channel().isWritable();
                writeUnsent();
                flush();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            lost(ctx.channel(), failure == null ? "the connection was closed" : failure);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failure = String.valueOf(cause.getMessage());
            ctx.close();
        }
    }
}
