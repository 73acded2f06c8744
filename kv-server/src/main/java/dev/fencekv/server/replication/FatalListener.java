package dev.fencekv.server.replication;

/**
 * Told once, on any thread, the engine's own included, when this node must stop. Must not block,
 * nor close the replicator on the thread that it is called on.
 */
@FunctionalInterface
public interface FatalListener {
    /**
     * @param line what happened and what to do, for the operator
     */
    void onFatal(String line, Throwable cause);
}
