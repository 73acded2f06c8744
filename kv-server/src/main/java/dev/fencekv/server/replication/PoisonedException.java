package dev.fencekv.server.replication;

/**
 * The state machine failed at an entry: this replica must stop before it differs from the others.
 */
public final class PoisonedException extends RuntimeException {
    PoisonedException(long index, int ordinal, Throwable cause) {
        super(
                "stopped at entry "
                        + index
                        + ", command "
                        + ordinal
                        + " of it: "
                        + (cause.getMessage() == null ? cause : cause.getMessage()),
                cause);
    }
}
