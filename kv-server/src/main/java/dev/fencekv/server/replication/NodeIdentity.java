package dev.fencekv.server.replication;

import dev.fencekv.check.Check;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.server.command.Member;
import java.util.List;

/**
 * Who this node is, and whom it knows: what stands beside its log.
 *
 * @param nodeId minted once for this directory; a node that lost its disk gets another one
 * @param cluster {@link ClusterId#NONE} until the cluster is formed
 * @param members as last applied, so that a restarted node refuses strangers before it has applied
 *     anything
 */
public record NodeIdentity(
        long nodeId, String peerAddress, ClusterId cluster, List<Member> members) {
    public NodeIdentity {
        Check.argument(nodeId != 0, "a node id is never 0");
        members = List.copyOf(members);
    }

    public static NodeIdentity fresh(long nodeId, String peerAddress) {
        return new NodeIdentity(nodeId, peerAddress, ClusterId.NONE, List.of());
    }

    public NodeIdentity in(ClusterId newCluster, List<Member> newMembers) {
        return new NodeIdentity(nodeId, peerAddress, newCluster, newMembers);
    }

    public boolean isFormed() {
        return !cluster.isNone();
    }
}
