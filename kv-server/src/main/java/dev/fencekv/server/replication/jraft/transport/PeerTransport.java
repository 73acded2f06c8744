package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.rpc.RaftRpcServerFactory;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import dev.fencekv.check.Check;
import dev.fencekv.server.faults.FaultFile;
import dev.fencekv.server.health.PeerListener;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * One node's peer traffic: its port, its connections to the others, and who they say they are. All
 * groups of the node share it.
 *
 * <pre>{@code
 * PeerTransport transport = new PeerTransport(PeerTransportOptions.plaintext(self.getEndpoint(), identity));
 * PeerNodeOptions options = new PeerNodeOptions(transport);   // one per group
 * RaftGroupService group = new RaftGroupService("kv", self, options, transport.server());
 * Node node = group.start();
 * ...
 * group.shutdown();
 * group.join();
 * transport.close();
 * }</pre>
 *
 * <p>Several groups: pass {@code sharedRpcServer = true} to each, and {@code start(true)} only to
 * the last one.
 *
 * <p>Safe from any thread. Whoever builds it closes it, after the groups.
 */
public final class PeerTransport implements AutoCloseable {
    private final PeerTransportOptions options;
    private final PeerThreads threads = new PeerThreads();
    private final PeerServer server = new PeerServer(this);
    private final Map<String, PeerLink> links = new ConcurrentHashMap<>();
    private final Set<PeerClient> clients = ConcurrentHashMap.newKeySet();
    private final Map<String, PeerHello> peers = new ConcurrentHashMap<>();

    /** By address: when it last sent entries or a heartbeat, as nanoTime has it. */
    private final Map<String, Long> appendsHeardAt = new ConcurrentHashMap<>();

    private volatile PeerListener listener = PeerListener.NONE;
    private final List<Future<?>> loops = new CopyOnWriteArrayList<>();
    private volatile DigestListener digestListener = (address, index, digest) -> {};
    private final RefusalLog refusalLog = new RefusalLog();
    private final AtomicLong callIds = new AtomicLong();
    private volatile boolean closed;

    public PeerTransport(PeerTransportOptions options) {
        this.options = options;
        // Without executors of their own, so that the engine's requests run in our bounded pools.
        RaftRpcServerFactory.addRaftRequestProcessors(server, null, null);
    }

    /** For {@code RaftGroupService}, which starts it. The engine's processors are registered. */
    public RpcServer server() {
        return server;
    }

    /** One of the event loops from which entries leave for the peers. */
    public Executor entryLoop() {
        return threads.io.next();
    }

    /**
     * To be called often: makes a connection to the node, in the background, and makes it again
     * when it is lost.
     *
     * <p>HAZARD: followers send each other nothing until they elect. Without a connection both wait
     * for one with their first pre-vote, go on at the same moment when it is there, and split the
     * vote.
     */
    public void keepConnected(Endpoint endpoint) {
        if (!closed) {
            link(endpoint, Purpose.LOG).isUsable();
        }
    }

    /** What the node at {@code address} last said of itself, once we accepted it. */
    public Optional<PeerHello> peer(String address) {
        return Optional.ofNullable(peers.get(address));
    }

    /**
     * Nanoseconds since the node at {@code address} last sent us entries or a heartbeat; empty if
     * it never did.
     */
    public OptionalLong appendAgeNanos(String address) {
        Long heardAt = appendsHeardAt.get(address);
        return heardAt == null
                ? OptionalLong.empty()
                : OptionalLong.of(System.nanoTime() - heardAt);
    }

    /** Nanoseconds since any node sent us entries or a heartbeat; empty if none ever did. */
    public OptionalLong appendAgeNanos() {
        long now = System.nanoTime();
        return appendsHeardAt.values().stream().mapToLong(heardAt -> now - heardAt).min();
    }

    /** {@code serverId} was compared with who the connection belongs to. */
    void heardAppend(String serverId) {
        appendsHeardAt.put(serverId, System.nanoTime());
        listener.heardLeader(serverId);
    }

    /** Who hears what peers send. To be set before the transport is used. */
    public void listen(PeerListener to) {
        listener = to;
    }

    PeerListener listener() {
        return listener;
    }

    /** Tells all peers that we are connected to how we are, and asks how they are. Never waits. */
    public void probe() {
        for (PeerLink link : links.values()) {
            if (link.purpose() == Purpose.LOG) {
                link.probe();
            }
        }
    }

    /** Runs {@code task} again and again on each event loop, until the transport is closed. */
    public void everyOnLoops(Runnable task, long ms) {
        for (EventExecutor loop : threads.io) {
            loops.add(loop.scheduleWithFixedDelay(task, ms, ms, TimeUnit.MILLISECONDS));
        }
    }

    /** Who is told of the digests that peers report. Called on event threads. */
    public void onDigests(DigestListener listener) {
        digestListener = listener;
    }

    /** Tells all peers that are connected what our state adds up to at an entry. Never waits. */
    public void tellDigest(long index, long digest) {
        links.forEach(
                (key, link) -> {
                    if (link.purpose() == Purpose.LOG) {
                        link.tellDigest(index, digest);
                    }
                });
        for (PeerConnection connection : server.connections()) {
            if (connection.purpose() == Purpose.LOG) {
                connection.tellDigest(index, digest);
            }
        }
    }

    /** Borrows {@code frame}. */
    void onDigest(String address, ByteBuf frame) {
        if (frame.readableBytes() != 2 * Long.BYTES) {
            throw new CorruptedFrameException("a digest of " + frame.readableBytes() + " bytes");
        }
        long index = frame.readLong();
        long digest = frame.readLong();
        threads.events.execute(() -> digestListener.onDigest(address, index, digest));
    }

    /**
     * The identity has changed its mind: closes the connections to and from peers that it no longer
     * accepts.
     */
    public void judgeAgain() {
        links.values().forEach(PeerLink::judgeAgain);
        for (PeerConnection connection : server.connections()) {
            Verdict verdict = judge(connection.remote(), connection.channel());
            if (!verdict.accepted()) {
                refuse(connection.channel(), connection.remote().address(), verdict.reason());
            }
        }
    }

    /** Fails what is still waiting, closes every connection; returns when the threads are gone. */
    @Override
    public void close() {
        Check.invariant(!isIoThread(), "an I/O thread must not wait");
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        loops.forEach(loop -> loop.cancel(false));
        List<Future<?>> closing = new ArrayList<>();
        links.values().forEach(link -> closing.add(link.close()));
        closing.forEach(link -> link.awaitUninterruptibly(TransportLimits.CLOSE_MS_MAX));
        server.shutdown();
        threads.close();
    }

    // ---- for this package ----

    InetSocketAddress bindAddress() {
        return options.bind();
    }

    PeerHello localHello() {
        return options.identity().local();
    }

    EventLoopGroup io() {
        return threads.io;
    }

    Executor events() {
        return threads.events;
    }

    Executor requestPool(Purpose purpose) {
        return purpose == Purpose.BULK ? threads.bulkRequests : threads.requests;
    }

    boolean isIoThread() {
        for (EventExecutor loop : threads.io) {
            if (loop.inEventLoop()) {
                return true;
            }
        }
        return false;
    }

    boolean isClosed() {
        return closed;
    }

    long nextCallId() {
        return callIds.incrementAndGet();
    }

    PeerLink link(Endpoint endpoint, Purpose purpose) {
        String key = key(endpoint, purpose);
        PeerLink link = links.get(key);
        if (link != null) {
            return link;
        }
        link =
                links.computeIfAbsent(
                        key, k -> new PeerLink(this, endpoint, purpose, threads.io.next()));
        if (closed) {
            link.close();
        }
        return link;
    }

    private static String key(Endpoint endpoint, Purpose purpose) {
        return purpose + " " + endpoint;
    }

    void disconnect(Endpoint endpoint) {
        for (Purpose purpose : Purpose.values()) {
            PeerLink link = links.get(key(endpoint, purpose));
            if (link != null) {
                link.disconnect();
            }
        }
    }

    void add(PeerClient client) {
        clients.add(client);
    }

    void remove(PeerClient client) {
        clients.remove(client);
        links.values().forEach(link -> link.abandon(client));
    }

    void announceConnected(Endpoint endpoint) {
        for (PeerClient client : clients) {
            threads.events.execute(() -> client.onConnected(endpoint));
        }
    }

    /** Of a peer that introduces itself. */
    Verdict judgeNew(PeerHello remote, Channel over) {
        Verdict verdict = judge(remote, over);
        if (!verdict.accepted()) {
            options.identity().onTurnedAway(remote);
        }
        return verdict;
    }

    Verdict judge(PeerHello remote, Channel over) {
        return options.identity().judge(remote, certificates(over));
    }

    private static List<Certificate> certificates(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            return List.of();
        }
        try {
            return List.of(tls.engine().getSession().getPeerCertificates());
        } catch (SSLPeerUnverifiedException e) {
            return List.of();
        }
    }

    void met(PeerHello remote) {
        if (peers.size() < TransportLimits.REMEMBERED_PEERS_MAX
                || peers.containsKey(remote.address())) {
            peers.put(remote.address(), remote);
        }
    }

    /** Tells the peer why, and closes. */
    void refuse(Channel channel, String peer, String reason) {
        logRefusal(peer, reason);
        channel.writeAndFlush(Frames.refusal(channel.alloc(), reason))
                .addListener(sent -> channel.close());
    }

    void logRefusal(String peer, String reason) {
        refusalLog.warn("refused", peer, reason);
    }

    void onRefused(String byAddress, String reason) {
        refusalLog.warn("refused by", byAddress, reason);
        threads.events.execute(() -> options.identity().onRefused(byAddress, reason));
    }

    /** For tests. {@code peer}: empty if it is not known yet. */
    void addFaults(Channel channel, String peer) {
        FaultFile.ofProperty()
                .ifPresent(faults -> channel.pipeline().addLast(new FaultyLink(faults::now, peer)));
    }

    void addServerTls(SocketChannel channel) {
        PeerTls tls = options.tls();
        if (tls != null) {
            addTls(channel, tls.server().get().newHandler(channel.alloc()));
        }
    }

    void addClientTls(SocketChannel channel, Endpoint to) {
        PeerTls tls = options.tls();
        if (tls != null) {
            addTls(
                    channel,
                    tls.client().get().newHandler(channel.alloc(), to.getIp(), to.getPort()));
        }
    }

    private static void addTls(SocketChannel channel, SslHandler handler) {
        handler.setHandshakeTimeoutMillis(TransportLimits.HELLO_MS_MAX);
        channel.pipeline().addFirst(handler);
    }
}
