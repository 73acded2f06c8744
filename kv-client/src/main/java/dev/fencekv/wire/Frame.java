package dev.fencekv.wire;

import dev.fencekv.clock.HybridTimestamp;
import io.netty.buffer.ByteBuf;

/**
 * One message as it came: the header, read and checked, and the bytes of the body.
 *
 * <p>Owns {@code body}. Whoever is handed a frame calls {@link #release} once, after decoding it:
 * requests and replies keep no part of it.
 *
 * @param version of the protocol in which the body is written
 * @param correlation the client's number for the request; a reply carries the request's
 * @param stamp of a request: the highest that its sender has seen; of a reply: {@link Reply#stamp}
 * @param body read once, from its reader index to its end
 */
public record Frame(
        int version,
        Opcode opcode,
        int flags,
        long correlation,
        HybridTimestamp stamp,
        ByteBuf body) {
    /** The one version that this program speaks; HELLO is sent in it for ever. */
    public static final int VERSION = 1;

    /** Another reply to the same request follows. */
    public static final int MORE = 1;

    /** This is a reply. */
    public static final int REPLY = 2;

    /**
     * The correlation id of a reply that answers no request: it says why the connection is about to
     * be closed. Requests are numbered from 1.
     */
    public static final long NO_REQUEST = 0;

    static final int FLAGS_KNOWN = MORE | REPLY;

    /** The length field, which does not count itself. */
    static final int LENGTH_BYTES = 4;

    /** What stands between the length and the body. */
    static final int HEADER_BYTES = 1 + 1 + 2 + 8 + 8;

    public boolean isReply() {
        return (flags & REPLY) != 0;
    }

    public boolean more() {
        return (flags & MORE) != 0;
    }

    /** Consumes the frame. */
    public void release() {
        body.release();
    }
}
