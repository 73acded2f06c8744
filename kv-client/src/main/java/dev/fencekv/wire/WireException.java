package dev.fencekv.wire;

/** Bytes that are not of the protocol, or of a part of it that we do not know. */
public final class WireException extends RuntimeException {
    public WireException(String message) {
        super(message);
    }
}
