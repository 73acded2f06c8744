package dev.fencekv.server.replication.jraft.transport;

import dev.fencekv.check.Check;
import java.nio.charset.StandardCharsets;

/**
 * Who a node says it is, first thing on every connection.
 *
 * @param address where the others reach it, "host:port", exactly as it stands in the engine's
 *     configuration
 * @param featureLevel the highest feature level that its binary knows
 */
public record PeerHello(ClusterId cluster, long nodeId, String address, int featureLevel) {
    public PeerHello {
        Check.argument(!address.isEmpty(), "a peer needs an address");
        Check.argument(
                address.getBytes(StandardCharsets.UTF_8).length <= TransportLimits.TEXT_BYTES_MAX,
                "address is too long");
        Check.atLeast(0, featureLevel, "featureLevel");
    }
}
