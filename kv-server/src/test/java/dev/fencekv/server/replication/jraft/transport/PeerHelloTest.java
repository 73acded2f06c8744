package dev.fencekv.server.replication.jraft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.alipay.sofa.jraft.util.Endpoint;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.fencekv.kv.ClusterId;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Who may talk to whom. */
@Timeout(30)
class PeerHelloTest {
    private static final long LONG_MS = 20_000;

    private final List<Endpoint> endpoints = Loopback.endpoints(3);
    private final ConcurrentLinkedQueue<Message> handled = new ConcurrentLinkedQueue<>();
    private TestPeer b;

    @BeforeEach
    void listen() {
        b = new TestPeer(endpoints.get(1), 2).listening();
        b.serving(
                ReadIndexRequest.class,
                (context, request) -> {
                    handled.add(request);
                    context.sendResponse(TestPeer.indexRead(1));
                });
    }

    @AfterEach
    void close() {
        b.close();
    }

    private static Object answer(TestPeer.Answers answers) {
        return answers.first.orTimeout(20, TimeUnit.SECONDS).join();
    }

    @Test
    void bothSidesLearnWhoTheOtherIs() {
        try (TestPeer a = new TestPeer(endpoints.get(0), 1)) {
            assertThat(b.transport.peer(a.endpoint.toString())).isEmpty();
            answer(a.call(b, a.readIndex(), LONG_MS));
            assertThat(b.transport.peer(a.endpoint.toString()))
                    .contains(
                            new PeerHello(
                                    TestPeer.CLUSTER,
                                    1,
                                    a.endpoint.toString(),
                                    "127.0.0.1:7400",
                                    7));
            assertThat(a.transport.peer(b.endpoint.toString()))
                    .contains(
                            new PeerHello(
                                    TestPeer.CLUSTER,
                                    2,
                                    b.endpoint.toString(),
                                    "127.0.0.1:7400",
                                    7));
        }
    }

    @Test
    void digestsReachThePeerWhicheverSideMadeTheConnection() {
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        try (TestPeer a = new TestPeer(endpoints.get(0), 1)) {
            a.transport.onDigests((from, index, digest) -> heard.add(from + " " + index));
            b.transport.onDigests((from, index, digest) -> heard.add(from + " " + digest));
            answer(a.call(b, a.readIndex(), LONG_MS));
            a.transport.tellDigest(4096, -7);
            await().until(() -> heard.contains(a.endpoint + " -7"));
            b.transport.tellDigest(8192, 9);
            await().until(() -> heard.contains(b.endpoint + " 8192"));
        }
    }

    @Test
    void aNodeOfAnotherClusterIsRefusedAndToldWhy() {
        try (TestPeer a = new TestPeer(endpoints.get(0), 1, new ClusterId(1, 1), null)) {
            assertThat(answer(a.call(b, a.readIndex(), LONG_MS)))
                    .isInstanceOf(RemotingException.class);
            await().until(() -> !a.refusals.isEmpty());
            assertThat(a.refusals.get(0))
                    .contains(b.endpoint.toString())
                    .contains("foreign cluster");
            assertThat(handled).isEmpty();
            assertThat(b.transport.peer(a.endpoint.toString())).isEmpty();
            assertThat(a.client.checkConnection(b.endpoint)).isFalse();
        }
    }

    @Test
    void aKnownAddressWithAnotherNodeIdIsRefusedAndToldWhy() {
        b.identity.remember(endpoints.get(0).toString(), 1);
        try (TestPeer a = new TestPeer(endpoints.get(0), 99)) {
            assertThat(answer(a.call(b, a.readIndex(), LONG_MS)))
                    .isInstanceOf(RemotingException.class);
            await().until(() -> !a.refusals.isEmpty());
            assertThat(a.refusals.get(0)).contains("lost its disk");
            assertThat(handled).isEmpty();
        }
    }

    @Test
    void theOneWhoCallsRefusesTooAndTheOneCalledIsTold() {
        try (TestPeer a = new TestPeer(endpoints.get(0), 1)) {
            a.identity.remember(b.endpoint.toString(), 77);
            assertThat(answer(a.call(b, a.readIndex(), LONG_MS)))
                    .isInstanceOf(RemotingException.class);
            await().until(() -> !b.refusals.isEmpty());
            assertThat(b.refusals.get(0)).contains(a.endpoint.toString()).contains("lost its disk");
            assertThat(handled).isEmpty();
        }
    }

    @Test
    void aNodeOfNoClusterYetIsLetIn() {
        try (TestPeer a = new TestPeer(endpoints.get(0), 1, ClusterId.NONE, null)) {
            assertThat(answer(a.call(b, a.readIndex(), LONG_MS)))
                    .isInstanceOf(ReadIndexResponse.class);
        }
    }

    @Test
    void aRefusalIsLoggedOncePerPeerAndReason() {
        Logger logger = (Logger) LoggerFactory.getLogger(RefusalLog.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try {
            RefusalLog log = new RefusalLog();
            assertThat(log.warn("refused", "n1", "foreign cluster")).isTrue();
            assertThat(log.warn("refused", "n1", "foreign cluster")).isFalse();
            assertThat(log.warn("refused", "n2", "foreign cluster")).isTrue();
            assertThat(log.warn("refused", "n1", "lost its disk")).isTrue();
            assertThat(lines.list).hasSize(3);
        } finally {
            logger.detachAppender(lines);
        }
    }

    @Test
    void whoAnswersForAnotherAddressIsNotTalkedTo() {
        // Something forwards the third address to b.
        PeerTransportOptions forwarded =
                PeerTransportOptions.plaintext(
                                endpoints.get(0),
                                new RosterIdentity(
                                        new PeerHello(
                                                TestPeer.CLUSTER,
                                                5,
                                                endpoints.get(0).toString(),
                                                "127.0.0.1:7400",
                                                1),
                                        (by, reason) -> {}))
                        .withBind(
                                new InetSocketAddress(
                                        endpoints.get(2).getIp(), endpoints.get(2).getPort()));
        try (PeerTransport wrong = new PeerTransport(forwarded)) {
            wrong.server().init(null);
            b.client.checkConnection(endpoints.get(2), true);
            await().until(() -> !b.client.checkConnection(endpoints.get(2), true));
            assertThat(b.transport.peer(endpoints.get(0).toString())).isEmpty();
        }
    }

    @Test
    void aPeerThatIsNoLongerAcceptedLosesItsOpenConnections() {
        try (TestPeer a = new TestPeer(endpoints.get(0), 1)) {
            answer(a.call(b, a.readIndex(), LONG_MS));
            b.identity.remember(a.endpoint.toString(), 1234);
            b.transport.judgeAgain();
            await().until(() -> !a.refusals.isEmpty() && !a.client.checkConnection(b.endpoint));
        }
    }

    @Test
    void aRequestInAnotherNodesNameClosesItsConnection() {
        String self = endpoints.get(0).toString();
        String other = endpoints.get(2).toString();
        for (Message lie :
                List.of(
                        append(other, b.endpoint.toString()),
                        append(self, other),
                        vote(other, b.endpoint.toString()),
                        vote(self, other),
                        timeoutNow(other, b.endpoint.toString()),
                        snapshot(other, b.endpoint.toString()),
                        ReadIndexRequest.newBuilder().setGroupId("g").setServerId(other).build())) {
            serve(lie);
            try (TestPeer a = new TestPeer(endpoints.get(0), 1)) {
                assertThat(answer(a.call(b, lie, LONG_MS)))
                        .as(lie.getDescriptorForType().getName())
                        .isInstanceOf(RemotingException.class)
                        .asString()
                        .contains("connection was closed");
            }
        }
        assertThat(handled).isEmpty();
    }

    private void serve(Message like) {
        b.serving(
                like.getClass().asSubclass(Message.class),
                (context, request) -> handled.add(request));
    }

    @Test
    void anAddressIsNotTakenForTheOneThatItBeginsWith() {
        assertThat(SenderCheck.isHonest(append("10.0.0.1:7401", "b:1"), "10.0.0.1:740", "b:1"))
                .isFalse();
        assertThat(
                        SenderCheck.isHonest(
                                append("10.0.0.1:7401:1:50", "b:1"), "10.0.0.1:7401", "b:1"))
                .isTrue();
    }

    private static AppendEntriesRequest append(String from, String to) {
        return TestPeer.append(from, to, 1, ByteString.EMPTY);
    }

    private static Message vote(String from, String to) {
        return RequestVoteRequest.newBuilder()
                .setGroupId("g")
                .setServerId(from)
                .setPeerId(to)
                .setTerm(1)
                .setLastLogTerm(1)
                .setLastLogIndex(1)
                .setPreVote(true)
                .build();
    }

    private static Message timeoutNow(String from, String to) {
        return TimeoutNowRequest.newBuilder()
                .setGroupId("g")
                .setServerId(from)
                .setPeerId(to)
                .setTerm(1)
                .build();
    }

    private static Message snapshot(String from, String to) {
        return InstallSnapshotRequest.newBuilder()
                .setGroupId("g")
                .setServerId(from)
                .setPeerId(to)
                .setTerm(1)
                .setUri("u")
                .setMeta(SnapshotMeta.newBuilder().setLastIncludedIndex(1).setLastIncludedTerm(1))
                .build();
    }
}
