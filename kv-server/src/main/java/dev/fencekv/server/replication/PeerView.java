package dev.fencekv.server.replication;

import dev.fencekv.server.command.Member;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The other nodes, to whoever keeps the membership: what the peer channel knows of them, and the
 * engine's group. Safe from any thread; nothing waits.
 */
public interface PeerView {
    /** Who has introduced itself at the address of a node of the cluster, and was accepted. */
    List<SeenPeer> accepted();

    /** The node without a cluster that was refused lately at this peer address, if one was. */
    Optional<SeenPeer> joining(String peerAddress);

    /**
     * Whether the node that was accepted at this address has told within the last second how it is;
     * true of this node itself.
     */
    boolean isHeard(String peerAddress);

    /** The addresses of those that are heard: the very nodes, not others that have them now. */
    default Set<String> heard(List<Member> members, long ownNodeId) {
        Set<Long> met =
                accepted().stream().map(peer -> peer.member().nodeId()).collect(Collectors.toSet());
        met.add(ownNodeId);
        return members.stream()
                .filter(member -> met.contains(member.nodeId()))
                .map(Member::peerAddress)
                .filter(this::isHeard)
                .collect(Collectors.toSet());
    }

    /**
     * Entries of this node's log that the node had not applied when it last told; very many if it
     * has not told yet that it applied any.
     */
    long behindEntries(String peerAddress);

    /** The group as this node's log has it; empty if this node does not lead. */
    Optional<ReplicationGroup> group();

    /** Begins to leave the lead to a voter. Why not, if it does not begin. */
    Optional<String> transferTo(String peerAddress);

    /**
     * Begins to bring the group to what it shall be.
     *
     * @param done told once: empty if that is committed, else why not
     */
    void change(ReplicationGroup next, Consumer<Optional<String>> done);
}
