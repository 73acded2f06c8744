package dev.fencekv.kv;

import java.util.List;

/**
 * How a node sees itself and the others. Local knowledge: no other node was asked.
 *
 * @param address where clients reach this node
 * @param electionTimeoutMs the silence of a leader that leads to an election here, now
 * @param clock where this node's wall clock is
 * @param wallOffsetMs its wall clock minus the clock that it stamps with, which does not follow
 *     jumps
 * @param syncP99Micros 99 % of its log's syncs took no longer; 0 if there were none lately
 * @param pauses how often this process did not run for longer than half the election timeout
 * @param longestPauseMs the longest of these
 * @param peers all other members
 */
public record NodeHealth(
        String address,
        NodeRole role,
        int electionTimeoutMs,
        ClockVerdict clock,
        long wallOffsetMs,
        long syncP99Micros,
        int pauses,
        long longestPauseMs,
        List<PeerHealth> peers) {
    public NodeHealth {
        peers = List.copyOf(peers);
    }
}
