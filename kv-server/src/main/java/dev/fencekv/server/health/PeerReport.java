package dev.fencekv.server.health;

/**
 * What a node tells the others of itself, ten times a second.
 *
 * @param wallMs its wall clock as it wrote this, milliseconds since 1970
 * @param syncP99Micros see {@link SyncTimes}
 * @param silenceMs how long it usually does not hear its leader, see {@link LongestSilences}
 * @param electionTimeoutMs the timeout in force there; the leader's is announced by this
 * @param leads whether it leads
 * @param appliedIndex the last entry that it has applied
 */
public record PeerReport(
        long wallMs,
        long syncP99Micros,
        long silenceMs,
        int electionTimeoutMs,
        boolean leads,
        long appliedIndex) {}
