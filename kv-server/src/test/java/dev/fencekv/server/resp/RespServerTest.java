package dev.fencekv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FenceKv;
import dev.fencekv.kv.Value;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Manners of connections; what commands do is answered by the test. */
@Timeout(60)
class RespServerTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration SOON = Duration.ofMillis(100);
    private static final int KIB = 1024;

    /** What was asked and waits for {@link #answer}. */
    private final Queue<CompletableFuture<RespReply>> asked = new ConcurrentLinkedQueue<>();

    private final Queue<String> begun = new ConcurrentLinkedQueue<>();
    private final RespTally tally = new RespTally();
    private RespServer server = start(limits(4, 8, NEVER, NEVER));

    private static RespLimits limits(
            int connectionsMax, int queuedMax, Duration manners, Duration idle) {
        return new RespLimits(
                connectionsMax,
                queuedMax,
                64 * KIB,
                KIB * KIB,
                64 * KIB,
                1,
                NEVER,
                manners,
                manners,
                idle,
                idle);
    }

    private RespServer start(RespLimits limits) {
        try {
            return new RespServer(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    this::handle,
                    new LockSessions(label -> FenceKv.connect(), 1, tally),
                    limits,
                    tally);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void restart(RespLimits limits) {
        server.close();
        server = start(limits);
    }

    @AfterEach
    void nothingIsKeptOfConnectionsThatAreGone() {
        server.close();
        assertThat(tally.connections).hasValue(0);
        assertThat(tally.heldBytes).hasValue(0);
    }

    private CompletableFuture<RespReply> handle(RespClient caller, List<Value> words) {
        String name = words.get(0).toUtf8();
        begun.add(name);
        return switch (name) {
            case "NOW" -> CompletableFuture.completedFuture(RespReply.OK);
            case "BIG" -> CompletableFuture.completedFuture(RespReply.text("x".repeat(256 * KIB)));
            case "FAIL" -> throw new RefusedException("ERR as it should");
            case "BUG" -> throw new ArithmeticException("a bug");
            case "LEAVE" -> CompletableFuture.completedFuture(ConnectionCommands.quit(caller));
            default -> {
                CompletableFuture<RespReply> later = new CompletableFuture<>();
                asked.add(later);
                yield later;
            }
        };
    }

    private void answer(String text) {
        await().until(() -> !asked.isEmpty());
        asked.remove().complete(new RespReply.Simple(text));
    }

    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;

        Client(RespServer server) throws IOException {
            socket = new Socket(server.address().getAddress(), server.address().getPort());
            in =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.ISO_8859_1));
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        /** Null at the end of the connection, also if that did not take all that was sent. */
        String line() throws IOException {
            try {
                return in.readLine();
            } catch (SocketException e) {
                return null;
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    // --- order ---------------------------------------------------------------------------------

    @Test
    void aCommandBeginsWhenTheOneBeforeItIsAnswered() throws IOException {
        try (Client client = new Client(server)) {
            client.send("LATER1\r\nNOW\r\nLATER2\r\nFAIL\r\n");
            await().until(() -> begun.size() == 1);
            assertThat(begun).containsExactly("LATER1");
            answer("one");
            assertThat(client.line()).isEqualTo("+one");
            assertThat(client.line()).isEqualTo("+OK");
            await().until(() -> begun.size() == 3);
            assertThat(begun).containsExactly("LATER1", "NOW", "LATER2");
            answer("two");
            assertThat(client.line()).isEqualTo("+two");
            assertThat(client.line()).isEqualTo("-ERR as it should");
        }
    }

    @Test
    void connectionsDoNotWaitForEachOther() throws IOException {
        try (Client slow = new Client(server);
                Client fast = new Client(server)) {
            slow.send("LATER\r\n");
            await().until(() -> begun.size() == 1);
            fast.send("NOW\r\n");
            assertThat(fast.line()).isEqualTo("+OK");
            answer("late");
            assertThat(slow.line()).isEqualTo("+late");
        }
    }

    @Test
    void aBugIsAnErrorAndNotTheEndOfTheConnection() throws IOException {
        try (Client client = new Client(server)) {
            client.send("BUG\r\nNOW\r\n");
            assertThat(client.line()).startsWith("-OUTCOME_UNKNOWN internal error");
            assertThat(client.line()).isEqualTo("+OK");
            assertThat(tally.counts().unknown()).isEqualTo(1);
        }
    }

    @Test
    void aClientThatLeavesGetsItsLastReply() throws IOException {
        try (Client client = new Client(server)) {
            client.send("NOW\r\nLEAVE\r\nNOW\r\n");
            assertThat(client.line()).isEqualTo("+OK");
            assertThat(client.line()).isEqualTo("+OK");
            assertThat(client.line()).isNull();
            assertThat(begun).containsExactly("NOW", "LEAVE");
        }
    }

    @Test
    void aServerThatIsClosedAnswersWhatItHasBegun() throws Exception {
        try (Client client = new Client(server)) {
            client.send("LATER\r\nNOW\r\n");
            await().until(() -> begun.size() == 1);
            Thread closing = new Thread(server::close, "closing");
            closing.start();
            answer("done");
            assertThat(client.line()).isEqualTo("+done");
            assertThat(client.line()).isNull();
            closing.join();
            assertThat(begun).containsExactly("LATER");
        }
    }

    // --- protocol errors -----------------------------------------------------------------------

    @Test
    void whatIsNoRespIsAnsweredInItsTurnAndCloses() throws IOException {
        try (Client client = new Client(server)) {
            client.send("LATER\r\n*1\r\n:5\r\nNOW\r\n");
            answer("first");
            assertThat(client.line()).isEqualTo("+first");
            assertThat(client.line()).startsWith("-ERR Protocol error: expected '$'");
            assertThat(client.line()).isNull();
            assertThat(tally.counts().connectionsClosed()).isEqualTo(1);
        }
    }

    // --- limits --------------------------------------------------------------------------------

    @Test
    void connectionsBeyondTheLimitAreToldSo() throws IOException {
        restart(limits(1, 8, NEVER, NEVER));
        try (Client first = new Client(server)) {
            first.send("NOW\r\n");
            assertThat(first.line()).isEqualTo("+OK");
            try (Client second = new Client(server)) {
                assertThat(second.line()).startsWith("-ERR max number of clients");
                assertThat(second.line()).isNull();
            }
            assertThat(tally.counts().connectionsRefused()).isEqualTo(1);
            first.send("NOW\r\n");
            assertThat(first.line()).isEqualTo("+OK");
        }
        await().until(() -> tally.connections.get() == 0);
        try (Client third = new Client(server)) {
            third.send("NOW\r\n");
            assertThat(third.line()).isEqualTo("+OK");
        }
    }

    @Test
    void aClientThatSendsTooMuchIsNotReadUntilItIsAnswered() throws Exception {
        try (Client client = new Client(server)) {
            client.send("LATER\r\n");
            await().until(() -> begun.size() == 1);
            // Far more than what a node may hold of one connection, and what sockets buffer.
            int commands = 400;
            String echo = "*2\r\n$3\r\nNOW\r\n$32768\r\n" + "x".repeat(32 * KIB) + "\r\n";
            Thread sender =
                    new Thread(
                            () -> {
                                try {
                                    for (int i = 0; i < commands; i++) {
                                        client.send(echo);
                                    }
                                } catch (IOException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            sender.start();
            await().until(() -> tally.heldBytes.get() > 64 * KIB);
            // It goes on holding little, however long the client goes on sending.
            for (int i = 0; i < 20; i++) {
                Thread.sleep(10); // There is no event for what must not happen.
                assertThat(tally.heldBytes.get()).isLessThan(512 * KIB);
            }
            answer("read on");
            assertThat(client.line()).isEqualTo("+read on");
            for (int i = 0; i < commands; i++) {
                assertThat(client.line()).isEqualTo("+OK");
            }
            sender.join();
        }
    }

    @Test
    void noCommandBeginsWhileRepliesAreUnread() throws IOException {
        restart(limits(4, 1000, NEVER, NEVER));
        int commands = 100;
        try (Client client = new Client(server)) {
            client.send("BIG\r\n".repeat(commands));
            await().pollDelay(SOON).until(() -> !begun.isEmpty());
            // What the sockets take, and one reply more.
            assertThat(begun.size()).isLessThan(commands);
            for (int i = 0; i < commands; i++) {
                assertThat(client.line()).isEqualTo("$" + 256 * KIB);
                assertThat(client.line()).hasSize(256 * KIB);
            }
            assertThat(begun).hasSize(commands);
        }
    }

    @Test
    void repliesThatAreLeftUnreadCloseTheConnection() throws IOException {
        restart(limits(4, 1000, SOON, NEVER));
        try (Client client = new Client(server)) {
            client.send("BIG\r\n".repeat(100));
            await().until(() -> tally.counts().connectionsClosed() == 1);
            await().until(() -> tally.connections.get() == 0);
        }
    }

    @Test
    void halfACommandIsNotWaitedForForEver() throws IOException {
        restart(limits(4, 8, SOON, NEVER));
        try (Client client = new Client(server)) {
            client.send("*2\r\n$4\r\nECHO\r\n$100\r\nabc");
            assertThat(client.line()).startsWith("-ERR a command must come whole within");
            assertThat(client.line()).isNull();
        }
    }

    /** Once the commands before it have filled the queue, it is we who do not read the rest. */
    @Test
    void halfACommandThatIsNotReadIsNoBodysFault() throws IOException {
        Duration within = Duration.ofMillis(500);
        restart(limits(4, 2, within, NEVER));
        try (Client client = new Client(server)) {
            client.send("LATER\r\nNOW\r\nNOW\r\n*2\r\n$3\r\nNOW\r\n$5\r\nab");
            await().until(() -> begun.size() == 1);
            client.send("cde\r\n");
            await().during(within.multipliedBy(2))
                    .until(() -> tally.counts().connectionsClosed() == 0);
            answer("first");
            assertThat(client.line()).isEqualTo("+first");
            for (int i = 0; i < 3; i++) {
                assertThat(client.line()).isEqualTo("+OK");
            }
        }
    }

    @Test
    void anAnswerToAConnectionThatIsGoneCountsNoBytes() throws IOException {
        try (Client client = new Client(server)) {
            client.send("LATER\r\n*2\r\n$4\r\nECHO\r\n$100\r\nabc");
            await().until(() -> begun.size() == 1 && tally.heldBytes.get() > 0);
        }
        await().until(() -> tally.connections.get() == 0 && tally.heldBytes.get() == 0);
        answer("too late");
        // There is no event for what must not happen.
        await().during(SOON).until(() -> tally.heldBytes.get() == 0);
    }

    @Test
    void aSilentConnectionIsClosedUnlessItWaitsForUs() throws IOException {
        restart(limits(4, 8, NEVER, SOON));
        try (Client waiting = new Client(server);
                Client silent = new Client(server)) {
            waiting.send("LATER\r\n");
            await().until(() -> begun.size() == 1);
            assertThat(silent.line()).isNull();
            answer("at last");
            assertThat(waiting.line()).isEqualTo("+at last");
            assertThat(waiting.line()).isNull();
        }
    }

    @Test
    void halfCommandsOfAllConnectionsTogetherAreBounded() throws IOException {
        restart(limits(8, 8, NEVER, NEVER));
        String half = "*2\r\n$4\r\nECHO\r\n$500000\r\n" + "x".repeat(400_000);
        try (Client first = new Client(server);
                Client second = new Client(server);
                Client third = new Client(server)) {
            first.send(half);
            second.send(half);
            await().until(() -> tally.heldBytes.get() > 800_000);
            third.send(half);
            // It may hear why, or not: it was still sending.
            await().until(() -> tally.counts().connectionsClosed() == 1);
            await().until(() -> tally.connections.get() == 2);
            first.send("x".repeat(100_000) + "\r\n");
            answer("whole");
            assertThat(first.line()).isEqualTo("+whole");
        }
    }
}
