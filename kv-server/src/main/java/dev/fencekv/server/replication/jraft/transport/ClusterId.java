package dev.fencekv.server.replication.jraft.transport;

/**
 * 128 random bits that a cluster gets when it is formed. {@link #NOT_FORMED}: this node belongs to
 * none yet.
 */
public record ClusterId(long high, long low) {
    public static final ClusterId NOT_FORMED = new ClusterId(0, 0);

    public boolean isFormed() {
        return (high | low) != 0;
    }

    @Override
    public String toString() {
        return isFormed() ? String.format("%016x%016x", high, low) : "none";
    }
}
