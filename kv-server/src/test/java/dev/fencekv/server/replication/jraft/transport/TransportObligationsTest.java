package dev.fencekv.server.replication.jraft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.InvokeTimeoutException;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.rpc.CliRequests.GetLeaderRequest;
import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.GetFileRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.GetFileResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.PingRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexResponse;
import com.alipay.sofa.jraft.util.Endpoint;
import com.google.protobuf.ByteString;
import dev.fencekv.server.replication.jraft.transport.TestPeer.Answers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the engine relies on, one claim each. */
@Timeout(30)
class TransportObligationsTest {
    private static final long LONG_MS = 20_000;

    private final ExecutorService single =
            Executors.newSingleThreadExecutor(r -> new Thread(r, "selected"));
    private TestPeer a;
    private TestPeer b;

    @BeforeEach
    void twoPeers() {
        List<Endpoint> endpoints = Loopback.endpoints(2);
        a = new TestPeer(endpoints.get(0), 1).listening();
        b = new TestPeer(endpoints.get(1), 2).listening();
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
        single.shutdownNow();
    }

    private static Object answer(Answers answers) {
        return answers.first.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private void connect() {
        b.serving(
                ReadIndexRequest.class,
                (context, request) -> context.sendResponse(TestPeer.indexRead(1)));
        assertThat(answer(a.call(b, a.readIndex(), LONG_MS))).isInstanceOf(ReadIndexResponse.class);
    }

    // ---- 1

    @Test
    void entriesAreHandledInTheOrderOfTheirSendingByTheirConnectionsEventLoop() {
        List<Long> arrived = new CopyOnWriteArrayList<>();
        Set<String> threads = ConcurrentHashMap.newKeySet();
        b.serving(
                AppendEntriesRequest.class,
                (context, request) -> {
                    arrived.add(request.getPrevLogIndex());
                    threads.add(Thread.currentThread().getName());
                    context.sendResponse(TestPeer.appended(request.getPrevLogIndex()));
                });
        // From the first one on, while the connection is still being made.
        List<Answers> answers = new ArrayList<>();
        for (long i = 0; i < 2000; i++) {
            answers.add(a.call(b, a.append(b, i), LONG_MS));
        }
        for (int i = 0; i < 2000; i++) {
            assertThat(((AppendEntriesResponse) answer(answers.get(i))).getLastLogIndex())
                    .isEqualTo(i);
        }
        assertThat(arrived).containsExactlyElementsOf(LongStream.range(0, 2000).boxed().toList());
        assertThat(threads).singleElement().asString().startsWith("fencekv-io");
    }

    @Test
    void requestsThatNoExecutorIsNamedForRunInABoundedPoolOfOurs() {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        b.serving(
                ReadIndexRequest.class,
                (context, request) -> {
                    threads.add(Thread.currentThread().getName());
                    context.sendResponse(TestPeer.indexRead(1));
                });
        List<Answers> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            answers.add(a.call(b, a.readIndex(), LONG_MS));
        }
        answers.forEach(TransportObligationsTest::answer);
        assertThat(threads)
                .allMatch(name -> name.startsWith("fencekv-peer-request"))
                .hasSizeLessThanOrEqualTo(TransportLimits.REQUEST_THREADS_MAX);
    }

    @Test
    void aRequestThatItsExecutorRejectsIsAnsweredBusy() {
        b.serving(
                ReadIndexRequest.class,
                task -> {
                    throw new RejectedExecutionException();
                },
                (context, request) -> {});
        assertThat(answer(a.call(b, a.readIndex(), LONG_MS)))
                .isInstanceOfSatisfying(
                        ErrorResponse.class,
                        error -> assertThat(error.getErrorMsg()).contains("too many"));
    }

    // ---- 2

    @Test
    void aChannelHasOneConnectionObjectWhoseCloseFiresEachListenerOnceOutsideTheEventLoop() {
        Set<Connection> seen = ConcurrentHashMap.newKeySet();
        ConcurrentLinkedQueue<Connection> closed = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Connection> closedToo = new ConcurrentLinkedQueue<>();
        Set<String> threads = ConcurrentHashMap.newKeySet();
        b.transport
                .server()
                .registerConnectionClosedEventListener(
                        (remote, connection) -> {
                            assertThat(remote).isEqualTo(a.endpoint.toString());
                            threads.add(Thread.currentThread().getName());
                            closed.add(connection);
                        });
        b.transport
                .server()
                .registerConnectionClosedEventListener(
                        (remote, connection) -> closedToo.add(connection));
        b.serving(
                ReadIndexRequest.class,
                (context, request) -> {
                    Connection connection = context.getConnection();
                    connection.setAttributeIfAbsent("mark", "first");
                    assertThat(connection.setAttributeIfAbsent("mark", "second"))
                            .isEqualTo("first");
                    seen.add(connection);
                    context.sendResponse(TestPeer.indexRead(1));
                });
        for (int i = 0; i < 10; i++) {
            answer(a.call(b, a.readIndex(), LONG_MS));
        }
        assertThat(seen).hasSize(1);
        a.client.closeConnection(b.endpoint);
        await().until(() -> !closed.isEmpty() && !closedToo.isEmpty());
        // Anything that came twice would have come before the next connection was let in.
        await().until(() -> a.client.checkConnection(b.endpoint) && seenAgain(seen) == 2);
        assertThat(closed).containsExactly(closedToo.peek());
        assertThat(seen).contains(closed.peek());
        assertThat(threads).noneMatch(name -> name.contains("-io-"));
    }

    private int seenAgain(Set<Connection> seen) {
        answer(a.call(b, a.readIndex(), LONG_MS));
        return seen.size();
    }

    @Test
    void theEngineCanCloseAConnection() {
        b.serving(ReadIndexRequest.class, (context, request) -> context.getConnection().close());
        assertThat(answer(a.call(b, a.readIndex(), LONG_MS))).isInstanceOf(RemotingException.class);
    }

    @Test
    void aNewConnectionIsNotUsedBeforeTheOldOnesCloseWasTold() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        CountDownLatch slow = new CountDownLatch(1);
        b.transport
                .server()
                .registerConnectionClosedEventListener(
                        (remote, connection) -> {
                            try {
                                slow.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            order.add("closed");
                        });
        connect();
        b.serving(
                AppendEntriesRequest.class,
                (context, request) -> {
                    order.add("append");
                    context.sendResponse(TestPeer.appended(1));
                });
        a.client.closeConnection(b.endpoint);
        // Dialled again at once, but kept waiting for the HELLO.
        await().during(Duration.ofMillis(500))
                .until(() -> !a.transport.link(b.endpoint, Purpose.LOG).isOpen());
        slow.countDown();
        await().until(
                        () ->
                                answer(a.call(b, a.append(b, 1), LONG_MS))
                                        instanceof AppendEntriesResponse);
        assertThat(order).startsWith("closed");
    }

    // ---- 3

    @Test
    void aReplyRunsTheCallbackOnceOnItsExecutor() {
        b.serving(
                ReadIndexRequest.class,
                (context, request) -> {
                    context.sendResponse(TestPeer.indexRead(1));
                    context.sendResponse(
                            TestPeer.indexRead(2)); // a second answer to one request is dropped
                });
        Answers answers = a.call(b, a.readIndex(), LONG_MS, new Answers(single));
        answer(answers);
        answer(a.call(b, a.readIndex(), LONG_MS));
        assertThat(answers.all).hasSize(1);
        assertThat(answers.threads).containsExactly("selected");
    }

    @Test
    void anAnswerToEntriesIsHandledByTheEventLoopThatReadItNeverByTheCaller() {
        b.serving(
                AppendEntriesRequest.class,
                (context, request) -> context.sendResponse(TestPeer.appended(1)));
        Answers answers = a.call(b, a.append(b, 1), LONG_MS, new Answers(single));
        answer(answers);
        assertThat(answers.threads).singleElement().asString().startsWith("fencekv-io");
    }

    @Test
    void aTimeoutRunsTheCallbackOnceThoughTheReplyComesLater() {
        ConcurrentLinkedQueue<RpcContext> held = new ConcurrentLinkedQueue<>();
        b.serving(AppendEntriesRequest.class, (context, request) -> held.add(context));
        Answers answers = a.call(b, a.append(b, 1), 100, new Answers(single));
        assertThat(answer(answers)).isInstanceOf(InvokeTimeoutException.class);
        await().until(() -> !held.isEmpty());
        held.peek().sendResponse(TestPeer.appended(1));
        connect(); // a round trip behind the late reply
        assertThat(answers.all).hasSize(1);
        assertThat(answers.threads).containsExactly("selected");
    }

    @Test
    void theLossOfTheConnectionRunsEachCallbackOnce() {
        b.serving(AppendEntriesRequest.class, (context, request) -> {});
        List<Answers> answers = new ArrayList<>();
        connect();
        for (int i = 0; i < 100; i++) {
            answers.add(a.call(b, a.append(b, i), LONG_MS));
        }
        b.close();
        for (Answers each : answers) {
            assertThat(answer(each))
                    .isInstanceOf(RemotingException.class)
                    .isNotInstanceOf(InvokeTimeoutException.class);
            assertThat(each.all).hasSize(1);
            assertThat(each.threads).noneMatch(name -> name.contains("-io-"));
        }
    }

    @Test
    void aMessageThatCannotBeEncodedRunsTheCallbackOnceElsewhere() {
        Answers foreign =
                a.call(b, GetLeaderRequest.newBuilder().setGroupId("g").setPeerId("x").build(), 50);

        ByteString tooMuch = ByteString.copyFrom(new byte[TransportLimits.FRAME_BYTES_MAX]);
        Answers huge =
                a.call(
                        b,
                        TestPeer.append(a.endpoint.toString(), b.endpoint.toString(), 1, tooMuch),
                        LONG_MS);
        for (Answers each : List.of(foreign, huge)) {
            assertThat(answer(each)).isInstanceOf(RemotingException.class);
            assertThat(each.all).hasSize(1);
            assertThat(each.threads).doesNotContain(Thread.currentThread().getName());
        }
    }

    @Test
    void aCallbackWhoseExecutorRejectsRunsOnceElsewhere() {
        b.serving(
                ReadIndexRequest.class,
                (context, request) -> context.sendResponse(TestPeer.indexRead(1)));
        Answers answers =
                a.call(
                        b,
                        a.readIndex(),
                        LONG_MS,
                        new Answers(
                                task -> {
                                    throw new RejectedExecutionException();
                                }));
        assertThat(answer(answers)).isInstanceOf(ReadIndexResponse.class);
        assertThat(answers.all).hasSize(1);
        assertThat(answers.threads).allMatch(name -> name.startsWith("fencekv-peer-event"));
    }

    @Test
    void callsBeyondTheLimitFailAtOnceAndTheOthersAreServed() {
        ConcurrentLinkedQueue<RpcContext> held = new ConcurrentLinkedQueue<>();
        b.serving(AppendEntriesRequest.class, single, (context, request) -> held.add(context));
        List<Answers> within = new ArrayList<>();
        for (int i = 0; i < TransportLimits.CALLS_PER_LINK_MAX; i++) {
            within.add(a.call(b, a.append(b, i), LONG_MS));
        }
        Answers beyond = a.call(b, a.append(b, 0), LONG_MS);
        assertThat(answer(beyond))
                .isInstanceOf(RemotingException.class)
                .asString()
                .contains("too many");
        await().until(() -> held.size() == within.size());
        held.forEach(context -> context.sendResponse(TestPeer.appended(1)));
        within.forEach(each -> assertThat(answer(each)).isInstanceOf(AppendEntriesResponse.class));
    }

    @Test
    void aClientThatIsShutDownStillSettlesItsCallsAndLeavesThoseOfOthers() {
        ConcurrentLinkedQueue<RpcContext> held = new ConcurrentLinkedQueue<>();
        b.serving(AppendEntriesRequest.class, single, (context, request) -> held.add(context));
        PeerClient other = new PeerClient();
        other.init(new PeerNodeOptions(a.transport));
        Answers mine = a.call(b, a.append(b, 1), LONG_MS);
        Answers others = new Answers();
        try {
            other.invokeAsync(b.endpoint, a.append(b, 2), others, LONG_MS);
        } catch (InterruptedException | RemotingException e) {
            throw new AssertionError(e);
        }
        await().until(() -> held.size() == 2);
        a.client.shutdown();
        assertThat(answer(mine)).isInstanceOf(RemotingException.class);
        held.forEach(context -> context.sendResponse(TestPeer.appended(1)));
        assertThat(answer(others)).isInstanceOf(AppendEntriesResponse.class);
    }

    // ---- 4

    @Test
    void aPeerThatSaysNothingCostsTheCallerNoTime() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            Endpoint endpoint = new Endpoint("127.0.0.1", mute.getLocalPort());
            // While the attempt is young its outcome is awaited by a queue, not by the caller.
            assertThat(a.client.checkConnection(endpoint, true)).isTrue();
            await().until(() -> !a.client.checkConnection(endpoint, true));
            long start = System.nanoTime();
            for (int round = 0; round < 20; round++) {
                a.client.checkConnection(endpoint);
                assertThatThrownBy(
                                () ->
                                        a.client.invokeSync(
                                                endpoint,
                                                PingRequest.newBuilder()
                                                        .setSendTimestamp(1)
                                                        .build(),
                                                1000))
                        .isInstanceOf(RemotingException.class);
            }
            // Twenty pings of up to a second each, if they waited.
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(1000);
        }
    }

    @Test
    void aPeerThatIsDownIsDialledInTheBackgroundUntilItIsThere() {
        Endpoint later = Loopback.endpoints(1).get(0);
        a.client.checkConnection(later, true);
        await().until(() -> !a.client.checkConnection(later, true));
        try (TestPeer c = new TestPeer(later, 3).listening()) {
            await().until(() -> a.transport.link(later, Purpose.LOG).isOpen());
            assertThat(a.client.checkConnection(later)).isTrue();
            c.serving(
                    ReadIndexRequest.class,
                    (context, request) -> context.sendResponse(TestPeer.indexRead(3)));
            assertThat(answer(a.call(c, a.readIndex(), LONG_MS)))
                    .isInstanceOf(ReadIndexResponse.class);
        }
    }

    @Test
    void aConnectionOnWhichNothingIsHeardIsGivenUp() throws Exception {
        try (ServerSocket frozen = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            Endpoint endpoint = new Endpoint("127.0.0.1", frozen.getLocalPort());
            a.client.checkConnection(endpoint, true);
            try (Socket socket = frozen.accept()) {
                PeerHello hello =
                        new PeerHello(
                                TestPeer.CLUSTER, 5, endpoint.toString(), "127.0.0.1:7400", 1);
                ByteBuf frame = new Hello(hello, Purpose.LOG).encode(ByteBufAllocator.DEFAULT);
                frame.readBytes(socket.getOutputStream(), frame.readableBytes()).release();
                await().until(() -> a.transport.link(endpoint, Purpose.LOG).isOpen());
                Answers answers = new Answers();
                a.client.invokeAsync(endpoint, a.readIndex(), answers, LONG_MS);
                assertThat(answer(answers))
                        .isInstanceOf(RemotingException.class)
                        .asString()
                        .contains("silent");
            }
        }
    }

    @Test
    void whatIsSentWhileTheConnectionIsYoungIsNotLost() {
        b.serving(
                ReadIndexRequest.class,
                (context, request) -> context.sendResponse(TestPeer.indexRead(1)));
        assertThat(a.client.checkConnection(b.endpoint, true)).isTrue();
        assertThat(answer(a.call(b, a.readIndex(), LONG_MS))).isInstanceOf(ReadIndexResponse.class);
    }

    @Test
    void anOpenConnectionAnswersPing() throws Exception {
        connect();
        Object pong =
                a.client.invokeSync(
                        b.endpoint, PingRequest.newBuilder().setSendTimestamp(1).build(), LONG_MS);
        assertThat(pong)
                .isInstanceOfSatisfying(
                        ErrorResponse.class, e -> assertThat(e.getErrorCode()).isZero());
    }

    // ---- 5

    @Test
    void allAppendEntriesShareAConnectionAndBulkDataHasAnother() {
        Set<Connection> log = ConcurrentHashMap.newKeySet();
        Set<Connection> bulk = ConcurrentHashMap.newKeySet();
        b.serving(
                AppendEntriesRequest.class,
                (context, request) -> {
                    log.add(context.getConnection());
                    context.sendResponse(TestPeer.appended(1));
                });
        b.serving(
                GetFileRequest.class,
                (context, request) -> {
                    bulk.add(context.getConnection());
                    context.sendResponse(TestPeer.file());
                });
        List<Answers> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            answers.add(a.call(b, a.append(b, i), LONG_MS));
            answers.add(a.call(b, TestPeer.getFile(i), LONG_MS));
        }
        answers.forEach(TransportObligationsTest::answer);
        assertThat(log).hasSize(1);
        assertThat(bulk).hasSize(1).doesNotContainAnyElementsOf(log);
    }

    @Test
    void aBulkRequestThatBlocksItsThreadDelaysNoOtherRequest() {
        CountDownLatch copied = new CountDownLatch(1);
        b.serving(
                GetFileRequest.class,
                (context, request) -> {
                    try {
                        copied.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    context.sendResponse(TestPeer.file());
                });
        List<Answers> copies = new ArrayList<>();
        for (int i = 0; i < TransportLimits.REQUEST_THREADS_MAX + 2; i++) {
            copies.add(a.call(b, TestPeer.getFile(i), LONG_MS));
        }
        connect();
        copied.countDown();
        copies.forEach(copy -> assertThat(answer(copy)).isInstanceOf(GetFileResponse.class));
    }

    // ---- 6

    @Test
    void aFrameCarriesTheEnginesLargestBodyAndTheLargestEntry() {
        int bytes = (12 << 20) + TransportLimits.ENTRY_BYTES_MAX;
        byte[] data = new byte[bytes];
        data[bytes - 1] = 42;
        b.serving(
                AppendEntriesRequest.class,
                (context, request) ->
                        context.sendResponse(
                                TestPeer.appended(request.getData().byteAt(bytes - 1))));
        Answers answers =
                a.call(
                        b,
                        TestPeer.append(
                                a.endpoint.toString(),
                                b.endpoint.toString(),
                                1,
                                ByteString.copyFrom(data)),
                        LONG_MS);
        assertThat(answer(answers))
                .isInstanceOfSatisfying(
                        AppendEntriesResponse.class,
                        r -> assertThat(r.getLastLogIndex()).isEqualTo(42));
    }

    @Test
    void anEngineWhoseBodiesDoNotFitAFrameIsRefusedAtTheStart() {
        PeerNodeOptions options = new PeerNodeOptions(a.transport);
        options.getRaftOptions().setMaxBodySize(15 << 20);
        assertThatThrownBy(() -> new PeerClient().init(options))
                .hasMessageContaining("maxBodySize");
    }

    @Test
    void aServerWhoseThreadsAreBusyStopsReadingAndGoesOnLater() {
        int bytes = 12 << 20;
        int beforeItStops = (int) (TransportLimits.WAITING_REQUEST_BYTES_HIGH / bytes) + 1;
        Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
        Queue<String> handled = new ConcurrentLinkedQueue<>();
        b.serving(
                ReadIndexRequest.class,
                waiting::add,
                (context, request) -> {
                    handled.add(request.getGroupId());
                    context.sendResponse(TestPeer.indexRead(1));
                });
        ByteString data = ByteString.copyFrom(new byte[bytes]);
        List<Answers> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            // No more at once than the caller's own limit lets through.
            int sent = i;
            await().until(() -> waiting.size() >= Math.min(sent - 4, beforeItStops));
            answers.add(a.call(b, a.readIndex(i, data), LONG_MS));
        }
        await().during(Duration.ofMillis(500)).until(() -> waiting.size() == beforeItStops);
        await().untilAsserted(
                        () -> {
                            for (Runnable next = waiting.poll();
                                    next != null;
                                    next = waiting.poll()) {
                                next.run();
                            }
                            assertThat(handled).hasSize(10);
                        });
        assertThat(new ArrayList<>(handled)).isSorted();
        answers.forEach(each -> assertThat(answer(each)).isInstanceOf(ReadIndexResponse.class));
    }

    // ---- 7

    @Test
    void aNewConnectionIsToldToEveryReplicatorGroupOffTheIoThread() {
        ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
        PeerClient second = new PeerClient();
        for (PeerClient client : List.of(a.client, second)) {
            client.registerConnectEventListener(
                    (ReplicatorGroup)
                            Proxy.newProxyInstance(
                                    getClass().getClassLoader(),
                                    new Class<?>[] {ReplicatorGroup.class},
                                    (proxy, method, args) -> {
                                        assertThat(method.getName()).isEqualTo("checkReplicator");
                                        assertThat(args)
                                                .containsExactly(new PeerId(b.endpoint, 0), true);
                                        assertThat(Thread.currentThread().getName())
                                                .doesNotContain("-io-");
                                        told.add("told");
                                        return null;
                                    }));
        }
        second.init(new PeerNodeOptions(a.transport));
        connect();
        await().until(() -> told.size() == 2);
        a.client.closeConnection(b.endpoint);
        await().until(() -> a.client.checkConnection(b.endpoint, true) && told.size() == 4);
    }

    // ---- the port

    @Test
    void theServerListensOnTheConfiguredAddressOnly() throws Exception {
        assertThat(a.transport.server().boundPort()).isEqualTo(a.endpoint.getPort());
        // The same port on another loopback address is free, which it is not for a wildcard
        // listener.
        new ServerSocket(a.endpoint.getPort(), 1, InetAddress.getByName("127.0.0.2")).close();
        assertThatThrownBy(
                        () ->
                                PeerTransportOptions.plaintext(
                                        new Endpoint("0.0.0.0", 7401),
                                        new RosterIdentity(
                                                new PeerHello(
                                                        TestPeer.CLUSTER,
                                                        1,
                                                        "0.0.0.0:7401",
                                                        "0.0.0.0:7400",
                                                        1),
                                                (by, reason) -> {})))
                .hasMessageContaining("never bound to all addresses");
    }

    @Test
    void aPortThatIsTakenIsAnErrorAtTheStart() {
        try (TestPeer twin = new TestPeer(a.endpoint, 9)) {
            assertThatThrownBy(twin::listening)
                    .hasMessageContaining(String.valueOf(a.endpoint.getPort()));
        }
    }

    @Test
    void noThreadIsLeftAfterTheLastTransportIsClosed() {
        connect();
        a.close();
        b.close();
        await().untilAsserted(
                        () ->
                                assertThat(Thread.getAllStackTraces().keySet())
                                        .extracting(Thread::getName)
                                        .noneMatch(
                                                name -> name.startsWith(PeerThreads.NAME_PREFIX)));
    }
}
