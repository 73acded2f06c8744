package dev.fencekv.server.request;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.wire.Request;

/** Takes a request that was decoded, and answers it on its connection, now or later. */
public interface RequestHandler {
    /**
     * Called on the connection's event loop, in arrival order; must not block. Answers exactly once
     * (twice where a place in a queue is followed by the end of the wait).
     *
     * @param seen the highest stamp that the client has seen
     */
    void handle(
            ClientConnection connection, long correlation, HybridTimestamp seen, Request request);

    /** The connection is gone: what waited for it is dropped. */
    void closed(ClientConnection connection);
}
