package dev.fencekv.server.replication.jraft.transport;

import org.jspecify.annotations.Nullable;

/** The byte after a frame's length. */
enum FrameKind {
    /** [id 8][type 2][protobuf] */
    REQUEST(1),
    /** [id 8][type 2][protobuf] */
    RESPONSE(2),
    /** See {@link Hello}; the first frame in each direction. */
    HELLO(3),
    /** [length 2][reason]; then the sender closes. */
    REFUSAL(4),
    /** Empty; are you there? Only asked by the side that dialled. */
    PING(5),
    /** Empty. */
    PONG(6),
    /** [index 8][digest 8]: what the sender's state adds up to at an entry; not answered. */
    DIGEST(7),
    /**
     * [sent 8][a {@link dev.fencekv.server.health.PeerReport}]: how the sender is; sent is its
     * monotonic clock. Only sent by the side that dialled.
     */
    PROBE(8),
    /** As PROBE, of the other side; sent is the probe's. */
    PROBE_ANSWER(9);

    private static final FrameKind[] BY_CODE = new FrameKind[16];

    static {
        for (FrameKind kind : values()) {
            BY_CODE[kind.code] = kind;
        }
    }

    private final int code;

    FrameKind(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static @Nullable FrameKind of(int code) {
        return code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
