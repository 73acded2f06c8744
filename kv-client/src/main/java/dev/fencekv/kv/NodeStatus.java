package dev.fencekv.kv;

import dev.fencekv.clock.HybridTimestamp;
import java.util.List;

/**
 * What a node says of itself. Local knowledge: no other node was asked.
 *
 * @param address where clients reach this node
 * @param nodeId minted once, kept beside its log
 * @param leader where clients reach the leader; empty if not known
 * @param appliedIndex the last entry of the log that it has applied
 * @param digestIndex the last entry that is in {@code digest}; after the same entry the digest is
 *     the same on every node
 * @param members the client addresses of all nodes of the cluster
 * @param version the program's version
 */
public record NodeStatus(
        String address,
        long nodeId,
        ClusterId cluster,
        NodeRole role,
        String leader,
        long term,
        long appliedIndex,
        long revision,
        HybridTimestamp stamp,
        long digest,
        long digestIndex,
        int featureLevel,
        long keys,
        long storeBytes,
        int sessions,
        int locks,
        List<String> members,
        String version) {
    public NodeStatus {
        members = List.copyOf(members);
    }
}
