package dev.fencekv.server.replication;

import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.PeerHealth;
import java.util.List;

/**
 * How a node sees itself and the others, by their peer addresses; see {@link
 * dev.fencekv.kv.NodeHealth}.
 */
public record ReplicatorHealth(
        int electionTimeoutMs,
        ClockVerdict clock,
        long syncP99Micros,
        int pauses,
        long longestPauseMs,
        List<PeerHealth> peers) {
    public ReplicatorHealth {
        peers = List.copyOf(peers);
    }
}
