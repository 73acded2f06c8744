package dev.fencekv.server.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Frame;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClientServerTest {
    private static final Request PING = new Request.Ping();
    private static final Request HOLD =
            new Request.Delete(RequestId.NONE, List.of(), Key.of("k"), Request.ANY_REVISION);
    private static final Request LARGE = new Request.Get(Key.of("k"), ReadMode.STALE, 0, List.of());
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration NEVER = Duration.ofHours(1);
    private static final int MIB = 1024 * 1024;

    private final FakeRequests requests = new FakeRequests();
    private ClientServer server = start(limits(NEVER, NEVER, NEVER));

    @AfterEach
    void nothingIsKeptOfConnectionsThatAreGone() {
        server.close();
        assertThat(server.connections()).isZero();
        assertThat(server.requestBytes().taken()).isZero();
        assertThat(server.partialBytes().taken()).isZero();
        assertThat(server.unsentBytes().taken()).isZero();
    }

    // ---- the handshake

    @Test
    void theFirstFrameMustBeHello() throws IOException {
        try (RawClient client = RawClient.connect(server)) {
            client.send(5, PING);
            assertRefused(client, 5, Status.INVALID_ARGUMENT, "HELLO");
            assertThat(requests.handled).hasValue(0);
        }
    }

    @Test
    void everyHelloIsAnsweredByTheRequestHandler() throws IOException {
        try (RawClient client = RawClient.greeted(server)) {
            client.send(2, RawClient.HELLO);
            assertThat(client.read().reply().body().kind()).isEqualTo(Reply.BodyKind.HELLO);
            assertThat(requests.handled).hasValue(2);
        }
    }

    @Test
    void aClientOfOtherVersionsOnlyIsToldSo() throws IOException {
        try (RawClient client = RawClient.connect(server)) {
            client.send(1, new Request.Hello(2, 9, 0, "new", SessionId.NONE, SessionNonce.NONE));
            assertRefused(client, 1, Status.UNSUPPORTED, "version 1");
            assertThat(requests.handled).hasValue(0);
        }
    }

    @Test
    void aConnectionWithoutHelloIsClosed() throws IOException {
        restart(limits(SOON, NEVER, NEVER));
        try (RawClient client = RawClient.connect(server)) {
            assertRefused(client, Frame.NO_REQUEST, Status.INVALID_ARGUMENT, "HELLO");
        }
    }

    @Test
    void aConnectionAboveTheLimitIsToldSoAndClosed() throws IOException {
        restart(with(2, 100));
        try (RawClient first = RawClient.greeted(server);
                RawClient second = RawClient.greeted(server);
                RawClient third = RawClient.connect(server)) {
            assertRefused(third, Frame.NO_REQUEST, Status.OVERLOADED, "at most 2 connections");
            assertServed(first);
            assertServed(second);
        }
        await().until(() -> server.connections() == 0);
        try (RawClient later = RawClient.greeted(server)) {
            assertServed(later);
        }
    }

    // ---- hostile bytes

    @Test
    void garbageEndsItsConnectionAndHarmsNobody() throws IOException {
        long seed = Long.getLong("seed", new SplittableRandom().nextLong());
        System.out.println("ClientServerTest -Dseed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        try (RawClient neighbour = RawClient.greeted(server)) {
            for (int round = 0; round < 200; round++) {
                try (RawClient client =
                        round % 2 == 0 ? RawClient.connect(server) : RawClient.greeted(server)) {
                    byte[] garbage = new byte[4 + random.nextInt(2000)];
                    random.nextBytes(garbage);
                    garbage[0] |= (byte) 0x80; // No length that could be waited for.
                    sendToWhoeverListens(client, garbage);
                    client.readToTheEnd();
                }
                assertServed(neighbour);
            }
        }
    }

    @Test
    void anOversizedFrameIsRefusedBeforeItComes() throws IOException {
        try (RawClient client = RawClient.greeted(server)) {
            client.send(ByteBuffer.allocate(4).putInt(Limits.FRAME_BYTES_MAX + 1).array());
            assertRefused(client, Frame.NO_REQUEST, Status.INVALID_ARGUMENT, "announces");
        }
    }

    @Test
    void aLengthBombIsRefusedByItsCorrelation() throws IOException {
        try (RawClient client = RawClient.greeted(server);
                RawClient neighbour = RawClient.greeted(server)) {
            byte[] bomb = RawClient.frame(9, LARGE);
            bomb[24] = (byte) 0xFF; // The length of the key.
            client.send(bomb);
            assertRefused(client, 9, Status.INVALID_ARGUMENT, "key");
            assertServed(neighbour);
        }
    }

    @Test
    void anUnknownOpcodeIsRefusedByItsCorrelation() throws IOException {
        try (RawClient client = RawClient.greeted(server)) {
            byte[] strange = RawClient.frame(9, PING);
            strange[5] = 127;
            client.send(strange);
            assertRefused(client, 9, Status.INVALID_ARGUMENT, "unknown opcode 127");
        }
    }

    @Test
    void aTruncatedFrameThenAClosedSocketLeavesNothing() throws IOException {
        byte[] frame = RawClient.frame(9, LARGE);
        for (int length = 1; length < frame.length; length++) {
            try (RawClient client = RawClient.greeted(server)) {
                client.send(Arrays.copyOf(frame, length));
            }
        }
        await().until(() -> server.connections() == 0 && server.partialBytes().taken() == 0);
    }

    @Test
    void halfAFrameIsNotWaitedForLong() throws IOException {
        restart(limits(NEVER, SOON, NEVER));
        try (RawClient client = RawClient.greeted(server);
                RawClient neighbour = RawClient.greeted(server)) {
            client.send(Arrays.copyOf(RawClient.frame(9, PING), 10));
            assertRefused(client, Frame.NO_REQUEST, Status.INVALID_ARGUMENT, "did not end");
            assertServed(neighbour);
        }
    }

    @Test
    void aFrameThatDripsIsNotWaitedForLong() throws IOException {
        restart(limits(NEVER, SOON, NEVER));
        try (RawClient client = RawClient.greeted(server)) {
            client.send(ByteBuffer.allocate(4).putInt(Limits.FRAME_BYTES_MAX).array());
            await().pollInterval(Duration.ofMillis(5))
                    .until(
                            () -> {
                                sendToWhoeverListens(client, new byte[] {1});
                                return server.connections() == 0;
                            });
        }
    }

    @Test
    void wholeFramesMayComeForeverHoweverTheyAreCut() throws IOException {
        restart(limits(NEVER, SOON, NEVER));
        byte[] ping = RawClient.frame(9, PING);
        byte[] first = Arrays.copyOf(ping, 10);
        byte[] rest = Arrays.copyOfRange(ping, 10, ping.length);
        long endNanos = System.nanoTime() + 3 * SOON.toNanos();
        try (RawClient client = RawClient.greeted(server)) {
            client.send(first);
            while (System.nanoTime() < endNanos) {
                // There is always half a frame at the node, but never the same for long.
                client.send(rest);
                client.send(first);
                assertThat(client.read().reply().status()).isEqualTo(Status.OK);
            }
        }
    }

    @Test
    void largeHalfFramesAreBoundedForAllConnectionsTogether() throws IOException {
        NetLimits few =
                new NetLimits(
                        100, 100, MIB, MIB, 300_000, 20_000, 10_000, MIB, MIB, NEVER, NEVER, NEVER,
                        SOON);
        restart(few);
        byte[] half = Arrays.copyOf(ByteBuffer.allocate(4).putInt(MIB).array(), 200_000);
        try (RawClient first = RawClient.greeted(server);
                RawClient second = RawClient.greeted(server);
                RawClient third = RawClient.greeted(server)) {
            first.send(half);
            await().until(() -> server.partialBytes().taken() == half.length);
            sendToWhoeverListens(second, half);
            second.readToTheEnd();
            assertServed(third);
        }
    }

    // ---- back-pressure

    @Test
    void tooManyRequestsInFlightAreAnsweredOverloadedAtOnce() throws IOException {
        restart(with(10, 3));
        try (RawClient client = RawClient.greeted(server)) {
            for (int correlation = 2; correlation <= 5; correlation++) {
                client.send(correlation, HOLD);
            }
            RawClient.Received refused = client.read();
            assertThat(refused.correlation()).isEqualTo(5);
            assertThat(refused.reply().status()).isEqualTo(Status.OVERLOADED);

            requests.held.remove().answer(Status.OK, false);
            assertThat(client.read().correlation()).isEqualTo(2);
            client.send(6, PING);
            assertThat(client.read().reply().status()).isEqualTo(Status.OK);
        }
    }

    @Test
    void aFullConnectionStillTakesWhatGivesBackOrKeepsAlive() throws IOException {
        restart(with(10, 1));
        RequestId id = new RequestId(new SessionId(7), 1, 1);
        LockName lock = new LockName("L");
        try (RawClient client = RawClient.greeted(server)) {
            client.send(2, HOLD);
            await().until(() -> requests.held.size() == 1);
            client.send(3, PING);
            assertThat(client.read().reply().status()).isEqualTo(Status.OVERLOADED);

            client.send(4, new Request.Release(id, lock, new FencingToken(33)));
            client.send(5, new Request.CancelWait(id, lock, 1));
            client.send(6, new Request.RenewSession(id.session()));
            client.send(7, new Request.CloseSession(id));
            client.send(8, new Request.Hello(1, 1, 0, "again", SessionId.NONE, SessionNonce.NONE));
            for (int correlation = 4; correlation <= 8; correlation++) {
                RawClient.Received taken = client.read();
                assertThat(taken.correlation()).isEqualTo(correlation);
                assertThat(taken.reply().status()).isEqualTo(Status.OK);
            }
        }
    }

    @Test
    void waitingForALockIsNoLoad() throws IOException {
        restart(with(10, 1));
        try (RawClient client = RawClient.greeted(server)) {
            client.send(2, HOLD);
            await().until(() -> requests.held.size() == 1);
            FakeRequests.Held waiter = requests.held.remove();
            waiter.answer(Status.QUEUED, true);
            assertThat(client.read().more()).isTrue();

            assertServed(client);

            waiter.answer(Status.LOCK_BUSY, false);
            RawClient.Received end = client.read();
            assertThat(end.correlation()).isEqualTo(2);
            assertThat(end.more()).isFalse();
        }
    }

    @Test
    void aCorrelationIdCannotBeUsedTwiceAtATime() throws IOException {
        try (RawClient client = RawClient.greeted(server)) {
            client.send(2, HOLD);
            client.send(2, HOLD);
            assertRefused(client, 2, Status.INVALID_ARGUMENT, "in flight");
        }
    }

    /** 400 values of 256 KiB are asked for; at no time does the node hold more than 8 MiB. */
    @Test
    void aClientThatDoesNotReadCostsLittleAndLosesNothing() throws Exception {
        int count = 400;
        restart(unread(16 * MIB, NEVER));
        try (RawClient client = RawClient.greeted(server);
                RawClient neighbour = RawClient.greeted(server)) {
            CompletableFuture<Void> sending = sendMany(client, LARGE, count);
            await().until(() -> server.unsentBytes().taken() > MIB);
            assertServed(neighbour);
            int answered = 0;
            for (int correlation = 2; correlation < count + 2; correlation++) {
                assertThat(server.unsentBytes().taken()).isLessThan(9 * MIB);
                RawClient.Received received = client.read();
                assertThat(received.correlation()).isEqualTo(correlation);
                assertThat(received.reply().status()).isIn(Status.OK, Status.OVERLOADED);
                answered += received.reply().status() == Status.OK ? 1 : 0;
            }
            assertThat(answered).isPositive();
            sending.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aClientThatDoesNotReadIsNotReadFrom() throws Exception {
        int count = 400_000; // Their answers are more than the sockets of both sides hold.
        Request wordy = new Request.Get(Key.of("k".repeat(1000)), ReadMode.STALE, 0, List.of());
        restart(unread(16 * MIB, NEVER));
        try (RawClient client = RawClient.greeted(server);
                RawClient neighbour = RawClient.greeted(server)) {
            CompletableFuture<Void> sending = sendMany(client, wordy, count);
            await().until(() -> server.unsentBytes().taken() > MIB);
            await().until(() -> handledWhileServing(neighbour, 10) == 0);
            assertThat(requests.handled.get()).isLessThan(count);
            assertThat(sending).isNotDone();
            client.close();
            sending.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aClientWithTooMuchUnreadIsClosed() throws Exception {
        restart(unread(MIB, NEVER));
        try (RawClient client = RawClient.greeted(server);
                RawClient neighbour = RawClient.greeted(server)) {
            sendMany(client, new Request.Status(), 100_000);
            await().until(() -> server.connections() == 1);
            await().until(() -> server.unsentBytes().taken() == 0);
            assertServed(neighbour);
        }
    }

    @Test
    void aClientThatNeverReadsIsClosed() throws Exception {
        restart(unread(16 * MIB, SOON));
        try (RawClient client = RawClient.greeted(server);
                RawClient neighbour = RawClient.greeted(server)) {
            sendMany(client, LARGE, 400);
            await().until(() -> server.connections() == 1);
            assertServed(neighbour);
        }
    }

    // ---- replies

    @Test
    void repliesLeaveInTheOrderInWhichTheyWereHandedOver() throws IOException {
        try (RawClient client = RawClient.greeted(server)) {
            for (int correlation = 2; correlation < 1002; correlation++) {
                client.send(correlation, PING);
            }
            for (int correlation = 2; correlation < 1002; correlation++) {
                assertThat(client.read().correlation()).isEqualTo(correlation);
            }
        }
    }

    @Test
    void aBugInARequestIsAnUnknownOutcomeAndNotTheEnd() throws IOException {
        try (RawClient client = RawClient.greeted(server)) {
            client.send(2, new Request.ListSettings());
            assertThat(client.read().reply().status()).isEqualTo(Status.OUTCOME_UNKNOWN);
            assertServed(client);
        }
    }

    @Test
    void anAnswerThatFitsNoFrameIsTooLarge() throws IOException {
        try (RawClient client = RawClient.greeted(server)) {
            client.send(2, new Request.ListLocks("", 1));
            assertThat(client.read().reply().status()).isEqualTo(Status.TOO_LARGE);
            assertServed(client);
        }
    }

    @Test
    void theEndOfAConnectionIsToldOnce() throws IOException {
        try (RawClient client = RawClient.greeted(server)) {
            client.send(2, HOLD);
            await().until(() -> requests.held.size() == 1);
        }
        await().until(() -> requests.closed.get() == 1);
        FakeRequests.Held late = requests.held.remove();
        assertThat(late.connection().isOpen()).isFalse();
        late.answer(Status.OK, false);
        server.close();
        assertThat(requests.closed).hasValue(1);
    }

    // ---- start and stop

    @Test
    void aTakenPortIsNamed() {
        InetSocketAddress taken = server.address();
        assertThatThrownBy(() -> ClientServer.start(taken, requests, TlsHook.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(taken.getAddress().getHostAddress() + ":" + taken.getPort());
    }

    @Test
    void itListensOnTheGivenAddressOnly() {
        assertThat(server.address().getAddress()).isEqualTo(InetAddress.getLoopbackAddress());
    }

    @Test
    void closingLetsTheLastRepliesOut() throws Exception {
        restart(
                new NetLimits(
                        10,
                        10,
                        MIB,
                        MIB,
                        MIB,
                        MIB,
                        MIB,
                        MIB,
                        MIB,
                        NEVER,
                        NEVER,
                        NEVER,
                        Duration.ofSeconds(30)));
        try (RawClient client = RawClient.greeted(server);
                RawClient idle = RawClient.greeted(server)) {
            client.send(2, HOLD);
            await().until(() -> requests.held.size() == 1);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
            idle.readToTheEnd();
            assertThat(closing).isNotDone();

            requests.held.remove().answer(Status.OK, false);

            RawClient.Received last = client.read();
            assertThat(last.correlation()).isEqualTo(2);
            assertThat(last.reply().status()).isEqualTo(Status.OK);
            client.readToTheEnd();
            closing.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void closingDoesNotWaitForeverForAnAnswer() throws IOException {
        try (RawClient client = RawClient.greeted(server)) {
            client.send(2, HOLD);
            await().until(() -> requests.held.size() == 1);
            server.close();
            client.readToTheEnd();
        }
    }

    // ---- scaffolding

    private void assertServed(RawClient client) throws IOException {
        client.send(1_000_000, PING);
        RawClient.Received received = client.read();
        assertThat(received.correlation()).isEqualTo(1_000_000);
        assertThat(received.reply().status()).isEqualTo(Status.OK);
    }

    private static void assertRefused(RawClient client, long correlation, Status status, String why)
            throws IOException {
        RawClient.Received received = client.read();
        assertThat(received.correlation()).isEqualTo(correlation);
        assertThat(received.reply().status()).isEqualTo(status);
        assertThat(((Reply.Message) received.reply().body()).text()).contains(why);
        client.readToTheEnd();
    }

    /** The node may close before everything is sent. */
    private static void sendToWhoeverListens(RawClient client, byte[] bytes) {
        try {
            client.send(bytes);
        } catch (IOException e) {
            // Closed, as the test will find.
        }
    }

    /** How many requests of others were handled meanwhile. */
    private int handledWhileServing(RawClient neighbour, int pings) throws IOException {
        int before = requests.handled.get();
        for (int i = 0; i < pings; i++) {
            assertServed(neighbour);
        }
        return requests.handled.get() - before - pings;
    }

    private static CompletableFuture<Void> sendMany(RawClient client, Request request, int count) {
        return CompletableFuture.runAsync(
                () -> {
                    for (int correlation = 2; correlation < count + 2; correlation++) {
                        sendToWhoeverListens(client, RawClient.frame(correlation, request));
                    }
                });
    }

    private void restart(NetLimits limits) {
        server.close();
        server = start(limits);
    }

    private ClientServer start(NetLimits limits) {
        try {
            return new ClientServer(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    requests,
                    TlsHook.NONE,
                    limits);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static NetLimits limits(Duration hello, Duration frame, Duration read) {
        return new NetLimits(
                100,
                1000,
                MIB,
                MIB,
                MIB,
                MIB,
                MIB / 4,
                1000 * MIB,
                1000 * MIB,
                hello,
                frame,
                read,
                SOON);
    }

    private static NetLimits with(int connections, int requests) {
        return new NetLimits(
                connections,
                requests,
                MIB,
                MIB,
                MIB,
                MIB,
                MIB / 4,
                1000 * MIB,
                1000 * MIB,
                NEVER,
                NEVER,
                NEVER,
                SOON);
    }

    private static NetLimits unread(int bytes, Duration read) {
        return new NetLimits(
                100,
                1000,
                MIB,
                MIB,
                MIB,
                MIB,
                MIB / 4,
                bytes,
                1000 * MIB,
                NEVER,
                NEVER,
                read,
                SOON);
    }
}
