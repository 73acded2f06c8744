package dev.fencekv.server.request;

import dev.fencekv.kv.NodeStatus;

/** What this node says of itself. Safe from any thread; asks no other node. */
@FunctionalInterface
public interface NodeReport {
    NodeStatus status();
}
