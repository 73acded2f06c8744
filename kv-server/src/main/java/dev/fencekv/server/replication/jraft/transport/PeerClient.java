package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.InvokeTimeoutException;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.InvokeCallback;
import com.alipay.sofa.jraft.rpc.InvokeContext;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.PingRequest;
import com.alipay.sofa.jraft.util.Endpoint;
import dev.fencekv.check.Check;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One group's view of the transport: the engine makes one per group, all share the links.
 *
 * <p>Safe from any thread after {@link #init}.
 */
final class PeerClient implements RpcClient {
    private volatile @Nullable PeerTransport transport;

    /** Set by the engine before {@link #init}. */
    private volatile @Nullable ReplicatorGroup replicators;

    @Override
    public boolean init(RpcOptions options) {
        if (!(options instanceof PeerNodeOptions)) {
            throw new IllegalArgumentException(
                    "the engine must be started with PeerNodeOptions: they name the transport of this node");
        }
        PeerNodeOptions peerOptions = (PeerNodeOptions) options;
        TransportLimits.checkEngineFits(peerOptions.getRaftOptions().getMaxBodySize());
        PeerTransport of = peerOptions.transport();
        of.add(this);
        transport = of;
        return true;
    }

    @Override
    public void shutdown() {
        PeerTransport of = transport;
        if (of != null) {
            transport = null;
            of.remove(this);
        }
    }

    /**
     * As with {@code createIfAbsent}: the engine asks this in {@code connect}, under its node's
     * lock.
     */
    @Override
    public boolean checkConnection(Endpoint endpoint) {
        return checkConnection(endpoint, true);
    }

    @Override
    public boolean checkConnection(Endpoint endpoint, boolean createIfAbsent) {
        PeerTransport of = transport;
        PeerLink link = of == null ? null : of.link(endpoint, Purpose.LOG);
        return link != null && link.isUsable();
    }

    /** The connection is shared: other groups lose it too, and get it back when they next ask. */
    @Override
    public void closeConnection(Endpoint endpoint) {
        PeerTransport of = transport;
        if (of != null) {
            of.disconnect(endpoint);
        }
    }

    @Override
    public void registerConnectEventListener(ReplicatorGroup replicatorGroup) {
        replicators = replicatorGroup;
    }

    /** Takes the node's write lock, so never on an I/O thread. */
    void onConnected(Endpoint endpoint) {
        ReplicatorGroup group = replicators;
        if (group != null) {
            group.checkReplicator(new PeerId(endpoint, 0), true);
        }
    }

    @Override
    public Object invokeSync(
            Endpoint endpoint, Object request, @Nullable InvokeContext ctx, long timeoutMs)
            throws InterruptedException, RemotingException {
        PeerTransport of = open();
        if (request instanceof PingRequest) {
            return ping(of.link(endpoint, Purpose.LOG), endpoint);
        }
        Check.invariant(!of.isIoThread(), "an I/O thread must not wait");
        CompletableFuture<Object> answer = new CompletableFuture<>();
        invokeAsync(
                endpoint,
                request,
                ctx,
                (result, error) -> {
                    if (error == null) {
                        answer.complete(result);
                    } else {
                        answer.completeExceptionally(error);
                    }
                },
                timeoutMs);
        try {
            // The link's own timeout comes first; this one is for a machine too busy to notice it.
            return answer.get(timeoutMs + TransportLimits.KEEPALIVE_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new InvokeTimeoutException(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RemotingException) {
                throw (RemotingException) e.getCause();
            }
            throw new RemotingException(e.getCause());
        }
    }

    /**
     * Answers from what is known; a link that is not open is made in the background.
     *
     * <p>HAZARD: elections ping, under the node's write lock, each peer that was not usable a
     * moment ago. The answer would come in on an event loop that may itself be waiting for that
     * lock.
     */
    private static ErrorResponse ping(PeerLink link, Endpoint endpoint) throws RemotingException {
        if (!link.isUsable() || !link.isOpen()) {
            throw new RemotingException("not connected to " + endpoint);
        }
        return PeerConnection.error(RaftError.SUCCESS, "connected");
    }

    /**
     * Either the callback runs, once and on an executor, or this throws because the client is shut
     * down.
     *
     * <p>HAZARD: the request is encoded before we return. The engine takes the buffers behind an
     * AppendEntries back when its callback runs, which may be (by timeout) before a queued frame is
     * written.
     */
    @Override
    public void invokeAsync(
            Endpoint endpoint,
            Object request,
            @Nullable InvokeContext ctx,
            InvokeCallback callback,
            long timeoutMs)
            throws InterruptedException, RemotingException {
        PeerTransport of = open();
        MessageType type = MessageType.of(request);
        Call call;
        try {
            long id = of.nextCallId();
            call =
                    new Call(
                            id,
                            this,
                            Frames.message(
                                    PooledByteBufAllocator.DEFAULT, FrameKind.REQUEST, id, request),
                            System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs),
                            callback,
                            of.events());
        } catch (IOException | RuntimeException e) {
            Call.settle(
                    callback,
                    of.events(),
                    null,
                    new RemotingException("cannot encode the request", e));
            return;
        }
        of.link(endpoint, Check.present(type, "what was encoded").purpose()).send(call);
    }

    private PeerTransport open() throws RemotingException {
        PeerTransport of = transport;
        if (of == null || of.isClosed()) {
            throw new RemotingException("the client is shut down");
        }
        return of;
    }
}
