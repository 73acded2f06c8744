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
 * @param membersIndex the entry of the log that made the members what they are here, or a later one
 * @param members as last applied, so that a restarted node refuses strangers before it has applied
 *     anything
 */
public record NodeIdentity(
        long nodeId,
        String peerAddress,
        ClusterId cluster,
        long membersIndex,
        List<Member> members) {
    public NodeIdentity {
        Check.argument(nodeId != 0, "a node id is never 0");
        members = List.copyOf(members);
    }

    public static NodeIdentity fresh(long nodeId, String peerAddress) {
        return new NodeIdentity(nodeId, peerAddress, ClusterId.NONE, 0, List.of());
    }

    public NodeIdentity in(ClusterId newCluster, long index, List<Member> newMembers) {
        return new NodeIdentity(nodeId, peerAddress, newCluster, index, newMembers);
    }

    /** The peer addresses of all members; {@code configured} while there is no cluster. */
    public List<String> addressesOr(List<String> configured) {
        return isFormed() ? members.stream().map(Member::peerAddress).toList() : configured;
    }

    public boolean isFormed() {
        return !cluster.isNone();
    }
}
