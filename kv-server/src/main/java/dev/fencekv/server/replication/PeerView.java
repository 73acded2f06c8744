package dev.fencekv.server.replication;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

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
