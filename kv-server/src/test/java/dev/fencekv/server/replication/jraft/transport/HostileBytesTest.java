package dev.fencekv.server.replication.jraft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexResponse;
import com.alipay.sofa.jraft.util.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a stranger sends, it gets an error or a closed connection, and nobody else notices. */
@Timeout(60)
class HostileBytesTest {
    private final List<Endpoint> endpoints = Loopback.endpoints(2);
    private TestPeer b;

    @BeforeEach
    void listen() {
        b = new TestPeer(endpoints.get(1), 2).listening();
        b.serving(
                ReadIndexRequest.class,
                (context, request) -> context.sendResponse(TestPeer.indexRead(1)));
    }

    @AfterEach
    void close() {
        try (TestPeer a = new TestPeer(endpoints.get(0), 1)) {
            Object answer =
                    a.call(b, a.readIndex(), 20_000).first.orTimeout(20, TimeUnit.SECONDS).join();
            assertThat(answer).isInstanceOf(ReadIndexResponse.class);
        }
        b.close();
    }

    private static byte[] bytes(ByteBuf frame) {
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes).release();
        return bytes;
    }

    private byte[] hello() {
        return bytes(
                new Hello(
                                new PeerHello(
                                        TestPeer.CLUSTER,
                                        9,
                                        endpoints.get(0).toString(),
                                        "127.0.0.1:7400",
                                        1),
                                Purpose.LOG)
                        .encode(ByteBufAllocator.DEFAULT));
    }

    /** What comes back until the other side closes. */
    private byte[] send(byte[]... pieces) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", b.endpoint.getPort())) {
            socket.setSoTimeout(20_000);
            for (byte[] piece : pieces) {
                socket.getOutputStream().write(piece);
            }
            return socket.getInputStream().readAllBytes();
        } catch (SocketException reset) {
            return new byte[0];
        }
    }

    @Test
    void anotherProtocolIsToldWhereItIs() throws IOException {
        byte[] frame = new byte[40];
        frame[3] = 36;
        frame[4] = (byte) FrameKind.HELLO.code();
        assertThat(new String(send(frame), StandardCharsets.UTF_8))
                .contains("this is the peer port of FenceKV");
    }

    @Test
    void anotherVersionIsRefusedByNumber() throws IOException {
        byte[] hello = hello();
        hello[10] = 2; // the low byte of the version, after length 4, kind 1, magic 4
        assertThat(new String(send(hello), StandardCharsets.UTF_8))
                .contains("peer protocol 2 is not spoken here");
    }

    @Test
    void aWebBrowserIsCutOff() throws IOException {
        assertThat(send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII))).isEmpty();
    }

    @Test
    void aStrangerWhoSaysNothingIsCutOff() throws IOException {
        assertThat(send()).isEmpty();
    }

    @Test
    void aStrangerGetsNoMemoryForAFrameLongerThanAHello() throws IOException {
        byte[] length = {0, 0, 0x20, 0, (byte) FrameKind.HELLO.code()};
        assertThat(send(length)).isEmpty();
    }

    @Test
    void aFrameBeyondTheLimitIsRefusedByItsLengthAlone() throws IOException {
        assertThat(send(hello(), new byte[] {0x7F, -1, -1, -1, 1}))
                .doesNotContain(FrameKind.REFUSAL.code());
    }

    @Test
    void aRequestBeforeTheHelloIsCutOff() throws IOException {
        assertThat(send(request(MessageType.READ_INDEX_REQUEST.number(), new byte[0]))).isEmpty();
    }

    @Test
    void anUnknownMessageNumberIsAnsweredWithAnError() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", b.endpoint.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(hello());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            in.readNBytes(in.readInt());
            socket.getOutputStream().write(request(999, new byte[0]));
            ByteBuf answer = Unpooled.wrappedBuffer(in.readNBytes(in.readInt()));
            assertThat(answer.readUnsignedByte()).isEqualTo((short) FrameKind.RESPONSE.code());
            Frames.verify(answer);
            assertThat(answer.readLong()).isEqualTo(17);
            assertThat(answer.readUnsignedShort()).isEqualTo(MessageType.ERROR_RESPONSE.number());
            assertThat(((ErrorResponse) MessageType.ERROR_RESPONSE.parse(answer)).getErrorMsg())
                    .contains("message 999 is not served here");
        }
    }

    @Test
    void aMessageThatCannotBeParsedClosesTheConnection() throws IOException {
        byte[] garbage = {-1, -1, -1, -1, -1};
        send(hello(), request(MessageType.READ_INDEX_REQUEST.number(), garbage));
    }

    @Test
    void aMessageThatHasChangedOnItsWayClosesTheConnection() throws IOException {
        byte[] request = request(999, new byte[100]);
        request[request.length - 30] ^= 0x10;
        try (Socket socket = new Socket("127.0.0.1", b.endpoint.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(hello());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            in.readNBytes(in.readInt());
            socket.getOutputStream().write(request);
            // As it was, it would be answered: see above.
            assertThat(in.readAllBytes()).isEmpty();
        }
    }

    @Test
    void randomBytesHarmNobody() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] noise = hello();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                noise[4 + random.nextInt(noise.length - 4)] = (byte) random.nextInt();
            }
            byte[] more = new byte[random.nextInt(64)];
            random.nextBytes(more);
            try (Socket socket = new Socket("127.0.0.1", b.endpoint.getPort())) {
                socket.getOutputStream().write(noise);
                socket.getOutputStream().write(more);
            } catch (SocketException reset) {
                // as it should
            }
        }
    }

    private static byte[] request(int type, byte[] body) {
        ByteBuf frame = Unpooled.buffer();
        frame.writeInt(15 + body.length).writeByte(FrameKind.REQUEST.code()).writeInt(0);
        frame.writeLong(17).writeShort(type).writeBytes(body);
        CRC32C crc = new CRC32C();
        crc.update(frame.nioBuffer(9, frame.writerIndex() - 9));
        frame.setInt(5, (int) crc.getValue());
        return bytes(frame);
    }
}
