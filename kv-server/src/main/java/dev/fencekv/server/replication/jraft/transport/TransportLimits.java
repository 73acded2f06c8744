package dev.fencekv.server.replication.jraft.transport;

import dev.fencekv.check.Check;

/**
 * Every limit of the peer transport, with its unit; the relations between them are checked here.
 */
final class TransportLimits {
    private TransportLimits() {}

    /** A whole frame, its length field included. */
    static final int FRAME_BYTES_MAX = 16 << 20;

    /** Until a peer has said who it is, it gets no more memory than a HELLO needs. */
    static final int HELLO_FRAME_BYTES_MAX = 4 << 10;

    /**
     * The largest log entry the engine may hand us: a 1 MiB value, its key, its tokens, and room to
     * spare.
     */
    static final int ENTRY_BYTES_MAX = 2 << 20;

    /** Names and reasons in HELLO and REFUSAL. */
    static final int TEXT_BYTES_MAX = 1024;

    /**
     * Netty's own write buffer. Above HIGH a connection is not "writable", and the engine holds
     * back.
     */
    static final int WRITE_BUFFER_BYTES_LOW = 16 << 20;

    static final int WRITE_BUFFER_BYTES_HIGH = 32 << 20;

    /**
     * Encoded requests of one link that the socket has not taken yet; past it calls fail at once.
     */
    static final long UNSENT_BYTES_PER_LINK_MAX = 64L << 20;

    /** Calls of one link without an answer; past it calls fail at once. */
    static final int CALLS_PER_LINK_MAX = 8192;

    /**
     * Requests of one connection that wait for a thread. Above HIGH we stop reading, below LOW we
     * go on.
     */
    static final long WAITING_REQUEST_BYTES_HIGH = 64L << 20;

    static final long WAITING_REQUEST_BYTES_LOW = 32L << 20;

    /** What a waiting request costs besides its bytes. */
    static final int REQUEST_OVERHEAD_BYTES = 512;

    static final int INCOMING_CONNECTIONS_MAX = 512;

    /** Addresses whose HELLO we remember, and refusals we remember to have logged. */
    static final int REMEMBERED_PEERS_MAX = 1024;

    static final int REQUEST_THREADS_MAX = 8;
    static final int REQUESTS_QUEUED_MAX = 4096;

    /**
     * InstallSnapshot blocks its thread until the copy is complete, so bulk requests never queue
     * behind one.
     */
    static final int BULK_THREADS_MAX = 32;

    static final int EVENT_THREADS_MAX = 4;
    static final int THREAD_IDLE_SECONDS = 5;

    static final int TCP_CONNECT_MS_MAX = 1000;

    /** From the first byte, TLS handshake included, until the HELLO is there. */
    static final int HELLO_MS_MAX = 2000;

    /** While an attempt is younger, requests queue up for it; an older one counts as failed. */
    static final int YOUNG_DIAL_MS = 100;

    static final int REDIAL_MS_MIN = 50;
    static final int REDIAL_MS_MAX = 400;
    static final int REDIAL_REFUSED_MS = 2000;

    /** A connection that lived that long was a good one: the next back-off starts small again. */
    static final int STEADY_CONNECTION_MS = 1000;

    /** A peer that nobody has asked for in that time is no longer dialled. */
    static final int WANTED_MS = 30_000;

    static final int CALL_TIMEOUT_GRAIN_MS = 10;
    static final int KEEPALIVE_MS = 1000;

    /**
     * Nothing heard for so long, keep-alives unanswered: the connection is dead whatever TCP
     * thinks.
     */
    static final int SILENCE_MS_MAX = 5000;

    static final int INCOMING_SILENCE_SECONDS_MAX = 15;

    static final int CLOSE_MS_MAX = 5000;

    /** A frame must be able to carry what the engine may put into one AppendEntries. */
    static void checkEngineFits(int maxBodySizeBytes) {
        long largest = (long) maxBodySizeBytes + ENTRY_BYTES_MAX + HELLO_FRAME_BYTES_MAX;
        Check.argument(
                largest <= FRAME_BYTES_MAX,
                "maxBodySize "
                        + maxBodySizeBytes
                        + " and the largest entry do not fit a frame of "
                        + FRAME_BYTES_MAX);
    }

    static {
        Check.invariant(
                WRITE_BUFFER_BYTES_HIGH <= UNSENT_BYTES_PER_LINK_MAX,
                "a full write buffer fits what a link may hold");
        Check.invariant(HELLO_FRAME_BYTES_MAX > 2 * TEXT_BYTES_MAX, "a HELLO fits its frame");
        Check.invariant(3 * KEEPALIVE_MS < SILENCE_MS_MAX, "several keep-alives before a verdict");
    }
}
