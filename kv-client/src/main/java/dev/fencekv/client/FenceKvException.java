package dev.fencekv.client;

import dev.fencekv.kv.Status;

/**
 * A request that was not answered with what it asked for. {@link #status} is the vocabulary of the
 * protocol; {@link Status#next} says what to do. The subclasses carry what the status alone does
 * not say. Immutable.
 */
public class FenceKvException extends RuntimeException {
    private final Status status;

    FenceKvException(Status status, String message) {
        super(message);
        this.status = status;
    }

    FenceKvException(Status status, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** What became of the request. */
    public Status status() {
        return status;
    }
}
