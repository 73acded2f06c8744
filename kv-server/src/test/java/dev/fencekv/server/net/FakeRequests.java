package dev.fencekv.server.net;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.request.ClientConnection;
import dev.fencekv.server.request.RequestHandler;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers at once, except for DELETE, which it holds until told, LIST_SETTINGS, at which it breaks,
 * and LIST_LOCKS, whose answer fits no frame. GET is answered with a large value, and STATUS is
 * long-winded.
 */
final class FakeRequests implements RequestHandler {
    static final int VALUE_BYTES = 256 * 1024;

    record Held(ClientConnection connection, long correlation) {
        void answer(Status status, boolean more) {
            connection.reply(correlation, reply(Opcode.DELETE, status, Reply.NOTHING), more);
        }
    }

    final Queue<Held> held = new ConcurrentLinkedQueue<>();
    final AtomicInteger handled = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();

    private final Versioned large =
            new Versioned(
                    Value.copyOf(new byte[VALUE_BYTES]),
                    1,
                    1,
                    1,
                    HybridTimestamp.ZERO,
                    FencingToken.NONE,
                    SessionId.NONE,
                    SessionId.NONE,
                    0);

    @Override
    public void handle(
            ClientConnection connection, long correlation, HybridTimestamp seen, Request request) {
        handled.incrementAndGet();
        switch (request.opcode()) {
            case HELLO ->
                    connection.reply(
                            correlation,
                            reply(
                                    Opcode.HELLO,
                                    Status.OK,
                                    new Reply.Hello(1, 0, ClusterId.NONE, 1, "")),
                            false);
            case GET ->
                    connection.reply(
                            correlation,
                            reply(Opcode.GET, Status.OK, new Reply.Found(large, 0)),
                            false);
            case STATUS ->
                    connection.reply(
                            correlation,
                            reply(Opcode.STATUS, Status.OK, LargeAnswers.STATUS),
                            false);
            case DELETE -> held.add(new Held(connection, correlation));
            case LIST_SETTINGS -> throw new IllegalStateException("a bug of ours");
            case LIST_LOCKS ->
                    connection.reply(
                            correlation,
                            reply(Opcode.LIST_LOCKS, Status.OK, LargeAnswers.LOCKS),
                            false);
            default ->
                    connection.reply(
                            correlation, reply(request.opcode(), Status.OK, Reply.NOTHING), false);
        }
    }

    @Override
    public void closed(ClientConnection connection) {
        closed.incrementAndGet();
    }

    static Reply reply(Opcode opcode, Status status, Reply.Body body) {
        return new Reply(opcode, status, 1, HybridTimestamp.ZERO, body);
    }
}
