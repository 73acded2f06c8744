package dev.fencekv.server.process;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Versioned;
import dev.fencekv.wire.Frame;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.ReplyCodec;
import dev.fencekv.wire.Request;
import dev.fencekv.wire.RequestCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;

/**
 * Reads from one node and no other: the real client would turn to the leader. Owned by one thread.
 */
final class NodeReader implements AutoCloseable {
    private static final int PATIENCE_MS = 30_000;

    private final Socket socket = new Socket();
    private final DataInputStream in;

    /** Of the last request that was sent. */
    private long correlation;

    private NodeReader(String endpoint) throws IOException {
        int colon = endpoint.lastIndexOf(':');
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        socket.connect(
                new InetSocketAddress(
                        endpoint.substring(0, colon),
                        Integer.parseInt(endpoint.substring(colon + 1))),
                PATIENCE_MS);
        in = new DataInputStream(socket.getInputStream());
    }

    static NodeReader connect(String endpoint) throws IOException {
        NodeReader reader = new NodeReader(endpoint);
        reader.send(new Request.Hello(1, 1, 0, "reader", SessionId.NONE, SessionNonce.NONE));
        reader.receive();
        return reader;
    }

    /** What the node has applied of a key. */
    Optional<Versioned> get(Key key) throws IOException {
        send(new Request.Get(key, ReadMode.STALE, 0, List.of()));
        Reply reply = receive();
        return switch (reply.status()) {
            case OK -> Optional.of(((Reply.Found) reply.body()).record());
            case NOT_FOUND -> Optional.empty();
            default -> throw new AssertionError("unexpected answer to a stale read: " + reply);
        };
    }

    /** Asks for a linearizable read; {@link #receive} has the answer. */
    void askLinearizable(Key key) throws IOException {
        send(new Request.Get(key, ReadMode.LINEARIZABLE, 0, List.of()));
    }

    /** The value in a reply to a read; empty if the read was refused. */
    static Optional<String> value(Reply reply) {
        return reply.status() == Status.OK && reply.body() instanceof Reply.Found found
                ? Optional.of(found.record().value().toUtf8())
                : Optional.empty();
    }

    private void send(Request request) throws IOException {
        ByteBuf out = Unpooled.buffer();
        RequestCodec.encode(request, ++correlation, HybridTimestamp.ZERO, out);
        socket.getOutputStream().write(ByteBufUtil.getBytes(out));
    }

    Reply receive() throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        ByteBuf body = Unpooled.wrappedBuffer(bytes);
        return ReplyCodec.decode(
                new Frame(
                        body.readUnsignedByte(),
                        Opcode.ofCode(body.readUnsignedByte()),
                        body.readUnsignedShort(),
                        body.readLong(),
                        new HybridTimestamp(body.readLong()),
                        body));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
