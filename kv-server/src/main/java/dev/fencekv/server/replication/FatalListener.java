package dev.fencekv.server.replication;

/** Told once, on any thread, when this node must stop; should not block. */
@FunctionalInterface
public interface FatalListener {
    /**
     * @param line what happened and what to do, for the operator
     */
    void onFatal(String line, Throwable cause);
}
