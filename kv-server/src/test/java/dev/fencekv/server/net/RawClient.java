package dev.fencekv.server.net;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.wire.Frame;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.ReplyCodec;
import dev.fencekv.wire.Request;
import dev.fencekv.wire.RequestCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;

/** A plain socket that sends any bytes and reads replies, and waits at most ten seconds for one. */
final class RawClient implements AutoCloseable {
    static final Request HELLO =
            new Request.Hello(1, 1, 0, "test", SessionId.NONE, SessionNonce.NONE);

    private static final int PATIENCE_MS = 10_000;

    record Received(long correlation, boolean more, Reply reply) {}

    private final Socket socket;
    private final DataInputStream in;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
    }

    static RawClient connect(ClientServer server) throws IOException {
        Socket socket = new Socket();
        // Small, so that a client that does not read is noticed soon.
        socket.setReceiveBufferSize(64 * 1024);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        socket.connect(server.address(), PATIENCE_MS);
        return new RawClient(socket);
    }

    /** Connected, and has been greeted. */
    static RawClient greeted(ClientServer server) throws IOException {
        RawClient client = connect(server);
        client.send(1, HELLO);
        client.read();
        return client;
    }

    static byte[] frame(long correlation, Request request) {
        ByteBuf out = Unpooled.buffer();
        RequestCodec.encode(request, correlation, HybridTimestamp.ZERO, out);
        return ByteBufUtil.getBytes(out);
    }

    void send(long correlation, Request request) throws IOException {
        send(frame(correlation, request));
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    Received read() throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        ByteBuf body = Unpooled.wrappedBuffer(bytes);
        Frame frame =
                new Frame(
                        body.readUnsignedByte(),
                        Opcode.ofCode(body.readUnsignedByte()),
                        body.readUnsignedShort(),
                        body.readLong(),
                        new HybridTimestamp(body.readLong()),
                        body);
        return new Received(frame.correlation(), frame.more(), ReplyCodec.decode(frame));
    }

    /** Reads until the node has closed the connection; fails if it does not. */
    void readToTheEnd() throws IOException {
        try {
            while (true) {
                read();
            }
        } catch (EOFException | SocketException e) {
            // Closed: in good order, or with bytes of ours unread.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
