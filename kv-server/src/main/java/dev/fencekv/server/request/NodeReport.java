package dev.fencekv.server.request;

import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeStatus;

/** What this node says of itself. Safe from any thread; asks no other node. */
public interface NodeReport {
    NodeStatus status();

    NodeHealth health();

    StateExtent extent();
}
