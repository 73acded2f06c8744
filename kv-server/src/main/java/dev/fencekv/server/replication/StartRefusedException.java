package dev.fencekv.server.replication;

/** This node must not start as asked. The message says what is wrong and what to do. */
public final class StartRefusedException extends RuntimeException {
    public StartRefusedException(String message) {
        super(message);
    }

    public StartRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
