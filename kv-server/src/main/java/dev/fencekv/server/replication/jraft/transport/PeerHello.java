package dev.fencekv.server.replication.jraft.transport;

import dev.fencekv.check.Check;
import dev.fencekv.kv.ClusterId;
import java.nio.charset.StandardCharsets;

/**
 * Who a node says it is, first thing on every connection.
 *
 * @param address where the others reach it, "host:port", exactly as it stands in the engine's
 *     configuration
 * @param clientAddress where clients reach it; the leader writes it into the members
 * @param featureLevel the highest feature level that its binary knows
 * @param membersIndex how far in the log its members are from; 0 without a cluster
 * @param joins it belongs to no cluster and wants to be added to one
 */
public record PeerHello(
        ClusterId cluster,
        long nodeId,
        String address,
        String clientAddress,
        int featureLevel,
        long membersIndex,
        boolean joins) {
    /** Of a node whose members do not matter. */
    public PeerHello(
            ClusterId cluster,
            long nodeId,
            String address,
            String clientAddress,
            int featureLevel) {
        this(cluster, nodeId, address, clientAddress, featureLevel, 0, false);
    }

    public PeerHello {
        Check.argument(!address.isEmpty(), "a peer needs an address");
        checkLength(address);
        checkLength(clientAddress);
        Check.atLeast(0, featureLevel, "featureLevel");
    }

    private static void checkLength(String text) {
        Check.argument(
                text.getBytes(StandardCharsets.UTF_8).length <= TransportLimits.TEXT_BYTES_MAX,
                "address is too long");
    }
}
