package dev.fencekv.server.command;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Limits;

/**
 * A node of the cluster.
 *
 * @param nodeId minted once, kept beside the node's log: a node that lost its disk has another one
 * @param peerAddress where other nodes reach it
 * @param clientAddress where clients reach it
 */
public record Member(long nodeId, String peerAddress, String clientAddress) {
    public Member {
        Check.argument(nodeId != 0, "a node id is never 0");
        Check.inRange(1, Limits.ADDRESS_BYTES_MAX, peerAddress.length(), "peer address length");
        Check.inRange(1, Limits.ADDRESS_BYTES_MAX, clientAddress.length(), "client address length");
    }
}
