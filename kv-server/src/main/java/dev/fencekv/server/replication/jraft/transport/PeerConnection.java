package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that a peer made to us, accepted: one object for the life of its channel. The engine
 * keeps its per-leader sequence counters in the attributes, and throws them away when it hears of
 * the close.
 *
 * <p>Safe from any thread; answers leave in the order of {@link #answer}.
 */
final class PeerConnection implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(PeerConnection.class);

    private final Channel channel;
    private final PeerHello remote;
    private final Purpose purpose;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();
    private final Mailbox<ByteBuf> outgoing;

    /**
     * Complete when the channel is closed and every close listener has run, for this and for its
     * predecessors.
     */
    final CompletableFuture<Void> buried = new CompletableFuture<>();

    PeerConnection(Channel channel, PeerHello remote, Purpose purpose) {
        this.channel = channel;
        this.remote = remote;
        this.purpose = purpose;
        // A write to a closed channel releases the frame and is otherwise nothing.
        this.outgoing = new Mailbox<>(channel.eventLoop(), channel::write, this::flush);
    }

    private void flush() {
        channel.flush();
        PutTrace.mark(Stage.FOLLOWER_ANSWERED);
    }

    Channel channel() {
        return channel;
    }

    PeerHello remote() {
        return remote;
    }

    Purpose purpose() {
        return purpose;
    }

    /** Never waits. After the close it does nothing. */
    void answer(long requestId, Object response) {
        if (!channel.isActive()) {
            return;
        }
        outgoing.put(encode(requestId, response));
    }

    /** Never waits. After the close it does nothing. */
    void tellDigest(long index, long digest) {
        if (channel.isActive()) {
            outgoing.put(Frames.digest(channel.alloc(), index, digest));
        }
    }

    private ByteBuf encode(long requestId, Object response) {
        try {
            return Frames.message(channel.alloc(), FrameKind.RESPONSE, requestId, response);
        } catch (IOException | RuntimeException e) {
            LOG.error("cannot encode a response to {}", remote.address(), e);
            try {
                return Frames.message(
                        channel.alloc(),
                        FrameKind.RESPONSE,
                        requestId,
                        error(RaftError.EINTERNAL, "the response cannot be encoded"));
            } catch (IOException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    static ErrorResponse error(RaftError code, String text) {
        return ErrorResponse.newBuilder().setErrorCode(code.getNumber()).setErrorMsg(text).build();
    }

    @Override
    public @Nullable Object getAttribute(String key) {
        return attributes.get(key);
    }

    @Override
    public void setAttribute(String key, Object value) {
        attributes.put(key, value);
    }

    @Override
    public @Nullable Object setAttributeIfAbsent(String key, Object value) {
        return attributes.putIfAbsent(key, value);
    }

    @Override
    public void close() {
        channel.close();
    }
}
