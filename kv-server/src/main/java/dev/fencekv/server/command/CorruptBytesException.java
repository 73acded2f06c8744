package dev.fencekv.server.command;

/** Bytes of a log entry or a snapshot that cannot be what we wrote. */
public final class CorruptBytesException extends RuntimeException {
    public CorruptBytesException(String message) {
        super(message);
    }

    public CorruptBytesException(String message, Throwable cause) {
        super(message, cause);
    }
}
