package dev.fencekv.wire;

/** Bytes that are not of the protocol, or of a part of it that we do not know. */
public final class WireException extends RuntimeException {
    private final long correlation;

    public WireException(String message) {
        this(message, Frame.NO_REQUEST);
    }

    WireException(String message, long correlation) {
        super(message);
        this.correlation = correlation;
    }

    /** The frame's correlation id; {@link Frame#NO_REQUEST} if it was not read. */
    public long correlation() {
        return correlation;
    }
}
