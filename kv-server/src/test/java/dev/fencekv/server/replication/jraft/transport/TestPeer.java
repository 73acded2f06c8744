package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.rpc.InvokeCallback;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcRequests;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.GetFileRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.util.Endpoint;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.fencekv.kv.ClusterId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A transport with a client, without the engine: what comes in is handled by hand-made processors.
 */
final class TestPeer implements AutoCloseable {
    static final ClusterId CLUSTER = new ClusterId(0xFE, 0xCE);

    final Endpoint endpoint;
    final List<String> refusals = new CopyOnWriteArrayList<>();
    final RosterIdentity identity;
    final PeerTransport transport;
    final PeerClient client = new PeerClient();

    TestPeer(Endpoint endpoint, long nodeId) {
        this(endpoint, nodeId, CLUSTER, null);
    }

    TestPeer(Endpoint endpoint, long nodeId, ClusterId cluster, @Nullable PeerTls tls) {
        this.endpoint = endpoint;
        identity =
                new RosterIdentity(
                        new PeerHello(cluster, nodeId, endpoint.toString(), "127.0.0.1:7400", 7),
                        (by, reason) -> refusals.add(by + ": " + reason));
        PeerTransportOptions options = PeerTransportOptions.plaintext(endpoint, identity);
        transport = new PeerTransport(tls == null ? options : options.withTls(tls));
        client.init(new PeerNodeOptions(transport));
    }

    TestPeer listening() {
        transport.server().init(null);
        return this;
    }

    <T extends Message> TestPeer serving(Class<T> request, BiConsumer<RpcContext, T> handler) {
        return serving(request, null, handler);
    }

    <T extends Message> TestPeer serving(
            Class<T> request, @Nullable Executor executor, BiConsumer<RpcContext, T> handler) {
        transport
                .server()
                .registerProcessor(
                        new RpcProcessor<T>() {
                            @Override
                            public void handleRequest(RpcContext context, T message) {
                                handler.accept(context, message);
                            }

                            @Override
                            public String interest() {
                                return request.getName();
                            }

                            @Override
                            public @Nullable Executor executor() {
                                return executor;
                            }
                        });
        return this;
    }

    /** Everything that the transport told one caller. */
    static final class Answers implements InvokeCallback {
        final ConcurrentLinkedQueue<Object> all = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<String> threads = new ConcurrentLinkedQueue<>();
        final CompletableFuture<Object> first = new CompletableFuture<>();
        private final @Nullable Executor executor;

        Answers() {
            this(null);
        }

        Answers(@Nullable Executor executor) {
            this.executor = executor;
        }

        @Override
        public void complete(@Nullable Object result, @Nullable Throwable error) {
            Object answer = error == null ? result : error;
            threads.add(Thread.currentThread().getName());
            all.add(answer);
            first.complete(answer);
        }

        @Override
        public @Nullable Executor executor() {
            return executor;
        }
    }

    Answers call(TestPeer to, Message request, long timeoutMs) {
        return call(to, request, timeoutMs, new Answers());
    }

    Answers call(TestPeer to, Message request, long timeoutMs, Answers answers) {
        try {
            client.invokeAsync(to.endpoint, request, answers, timeoutMs);
        } catch (InterruptedException | RemotingException e) {
            throw new AssertionError(e);
        }
        return answers;
    }

    AppendEntriesRequest append(TestPeer to, long index) {
        return append(endpoint.toString(), to.endpoint.toString(), index, ByteString.EMPTY);
    }

    static AppendEntriesRequest append(String from, String to, long index, ByteString data) {
        return AppendEntriesRequest.newBuilder()
                .setGroupId("g")
                .setServerId(from)
                .setPeerId(to)
                .setTerm(1)
                .setPrevLogTerm(1)
                .setPrevLogIndex(index)
                .setCommittedIndex(0)
                .setData(data)
                .build();
    }

    ReadIndexRequest readIndex() {
        return readIndex(0, ByteString.EMPTY);
    }

    ReadIndexRequest readIndex(int number, ByteString data) {
        return ReadIndexRequest.newBuilder()
                .setGroupId("g" + number)
                .setServerId(endpoint.toString())
                .addEntries(data)
                .build();
    }

    static GetFileRequest getFile(int offset) {
        return GetFileRequest.newBuilder()
                .setReaderId(1)
                .setFilename("f")
                .setCount(1)
                .setOffset(offset)
                .build();
    }

    static Message appended(long index) {
        return RpcRequests.AppendEntriesResponse.newBuilder()
                .setTerm(1)
                .setSuccess(true)
                .setLastLogIndex(index)
                .build();
    }

    static Message indexRead(long index) {
        return RpcRequests.ReadIndexResponse.newBuilder().setIndex(index).setSuccess(true).build();
    }

    static Message file() {
        return RpcRequests.GetFileResponse.newBuilder()
                .setEof(true)
                .setData(ByteString.EMPTY)
                .build();
    }

    @Override
    public void close() {
        client.shutdown();
        transport.close();
    }
}
