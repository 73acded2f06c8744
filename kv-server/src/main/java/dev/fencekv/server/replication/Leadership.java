package dev.fencekv.server.replication;

import dev.fencekv.kv.NodeRole;

/**
 * Who leads, as far as this node knows.
 *
 * @param ready this node leads, has applied all earlier entries, and the cluster is formed: it
 *     admits commands
 * @param term of the leadership; 0 if none is known
 * @param leaderPeer the leader's peer address; empty if not known
 * @param leaderClient where clients reach the leader; empty if not known
 */
public record Leadership(
        NodeRole role, boolean ready, long term, String leaderPeer, String leaderClient) {
    public static final Leadership NONE = new Leadership(NodeRole.FOLLOWER, false, 0, "", "");
}
