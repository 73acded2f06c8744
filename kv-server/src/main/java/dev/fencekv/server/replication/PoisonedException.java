package dev.fencekv.server.replication;

/**
 * The state machine failed at an entry: this replica must stop before it differs from the others.
 */
public final class PoisonedException extends RuntimeException {
    private final long index;
    private final int ordinal;

    PoisonedException(long index, int ordinal, Throwable cause) {
        super(
                "stopped at entry "
                        + index
                        + ", command "
                        + ordinal
                        + " of it: "
                        + (cause.getMessage() == null ? cause : cause.getMessage()),
                cause);
        this.index = index;
        this.ordinal = ordinal;
    }

    /** The entry that could not be applied. */
    public long index() {
        return index;
    }

    /** Which command of it. */
    public int ordinal() {
        return ordinal;
    }
}
