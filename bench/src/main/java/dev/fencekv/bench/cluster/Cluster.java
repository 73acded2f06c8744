package dev.fencekv.bench.cluster;

import java.util.List;

/** A running cluster of some store. */
public interface Cluster extends AutoCloseable {
    /** Name and version, for people. */
    String store();

    /** When a write is acknowledged, for people. */
    String durability();

    int nodes();

    /** Where its clients are to go. */
    List<String> endpoints();

    /** Its processes, as far as they are known. */
    List<Server> servers();

    /** The number of the leading server, from 0; -1 if it is not known. */
    int leader();

    /** Stops what was started. */
    @Override
    void close();
}
