package dev.fencekv.server.request;

import dev.fencekv.wire.Reply;

/** The client's end of a request, as far as deciding about requests needs it. */
public interface ClientConnection {
    /**
     * Sends a reply. Safe from any thread, never blocks, and does nothing once the connection is
     * closed.
     *
     * @param correlation the request's
     * @param more whether another reply to the same request follows (a place in a lock's queue)
     */
    void reply(long correlation, Reply reply, boolean more);

    /**
     * Hands over a reply that others follow, unless too much waits to be sent: then nothing is
     * sent, and false returned. As {@link #reply} else.
     */
    boolean offer(long correlation, Reply reply);

    /** Whether {@link #offer} would likely take something. Safe from any thread. */
    boolean takesMore();

    boolean isOpen();

    /**
     * What request handling remembers for this connection. Set once, before the first request is
     * handled.
     */
    ConnectionState state();
}
