package dev.fencekv.server.replication;

import dev.fencekv.check.Check;
import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;
import dev.fencekv.server.state.KvStore;
import java.nio.file.Path;
import java.util.List;

/**
 * What a node's share of the log is made with.
 *
 * @param peerAddress how the other nodes name and reach this one, host:port
 * @param peers the peer addresses of all nodes of a new cluster, or of one to join, this one's
 *     among them; only read while the node belongs to none
 * @param clientAddress where clients reach this node
 * @param bootstrap an empty directory becomes a node of a new cluster; else it waits to be added to
 *     one
 * @param electionTimeoutMs silence of the leader after which others stand for election
 * @param snapshotEntries a snapshot is taken after this many entries
 * @param snapshotBytes or after this many bytes of entries
 * @param snapshotSetAsideBytes what a snapshot may hold in memory because the state goes on
 *     changing: proposals are slowed from a quarter of it on, apply waits between entries from half
 *     of it on, and in the middle of one at all of it
 * @param logSegmentBytes the size of the log's files
 */
public record ReplicatorOptions(
        Path dataDir,
        String peerAddress,
        List<String> peers,
        String clientAddress,
        boolean bootstrap,
        int electionTimeoutMs,
        long snapshotEntries,
        long snapshotBytes,
        long snapshotSetAsideBytes,
        int logSegmentBytes,
        WallClock wall,
        MonotonicClock monotonic,
        KvStore.Factory stores,
        FatalListener fatal,
        AppliedListener listener) {
    public static final int ELECTION_TIMEOUT_MS = 400;
    public static final long SNAPSHOT_ENTRIES = 200_000;
    public static final long SNAPSHOT_BYTES = 512L * 1024 * 1024;
    public static final long SNAPSHOT_SET_ASIDE_BYTES = 128L * 1024 * 1024;
    public static final int LOG_SEGMENT_BYTES = 64 * 1024 * 1024;

    /** The largest entry must fit in a segment. */
    public static final int LOG_SEGMENT_BYTES_MIN = 2 * 1024 * 1024;

    public static final int LOG_SEGMENT_BYTES_MAX = 1024 * 1024 * 1024;

    public ReplicatorOptions {
        peers = List.copyOf(peers);
        Check.argument(
                peers.contains(peerAddress),
                "the peers must name this node's own address " + peerAddress);
        Check.inRange(100, 60_000, electionTimeoutMs, "electionTimeoutMs");
        Check.atLeast(1, snapshotEntries, "snapshotEntries");
        Check.atLeast(1, snapshotBytes, "snapshotBytes");
        Check.atLeast(1, snapshotSetAsideBytes, "snapshotSetAsideBytes");
        Check.inRange(
                LOG_SEGMENT_BYTES_MIN, LOG_SEGMENT_BYTES_MAX, logSegmentBytes, "logSegmentBytes");
    }

    /** The usual thresholds and the system's clocks. */
    public static ReplicatorOptions of(
            Path dataDir,
            String peerAddress,
            List<String> peers,
            String clientAddress,
            boolean bootstrap,
            KvStore.Factory stores,
            FatalListener fatal,
            AppliedListener listener) {
        return new ReplicatorOptions(
                dataDir,
                peerAddress,
                peers,
                clientAddress,
                bootstrap,
                ELECTION_TIMEOUT_MS,
                SNAPSHOT_ENTRIES,
                SNAPSHOT_BYTES,
                SNAPSHOT_SET_ASIDE_BYTES,
                LOG_SEGMENT_BYTES,
                WallClock.SYSTEM,
                MonotonicClock.SYSTEM,
                stores,
                fatal,
                listener);
    }

    public ReplicatorOptions withElectionTimeoutMs(int ms) {
        return new ReplicatorOptions(
                dataDir,
                peerAddress,
                peers,
                clientAddress,
                bootstrap,
                ms,
                snapshotEntries,
                snapshotBytes,
                snapshotSetAsideBytes,
                logSegmentBytes,
                wall,
                monotonic,
                stores,
                fatal,
                listener);
    }

    public ReplicatorOptions withSnapshotThresholds(long entries, long bytes, long setAsideBytes) {
        return new ReplicatorOptions(
                dataDir,
                peerAddress,
                peers,
                clientAddress,
                bootstrap,
                electionTimeoutMs,
                entries,
                bytes,
                setAsideBytes,
                logSegmentBytes,
                wall,
                monotonic,
                stores,
                fatal,
                listener);
    }

    public ReplicatorOptions withLogSegmentBytes(int bytes) {
        return new ReplicatorOptions(
                dataDir,
                peerAddress,
                peers,
                clientAddress,
                bootstrap,
                electionTimeoutMs,
                snapshotEntries,
                snapshotBytes,
                snapshotSetAsideBytes,
                bytes,
                wall,
                monotonic,
                stores,
                fatal,
                listener);
    }

    public ReplicatorOptions withClocks(WallClock newWall, MonotonicClock newMonotonic) {
        return new ReplicatorOptions(
                dataDir,
                peerAddress,
                peers,
                clientAddress,
                bootstrap,
                electionTimeoutMs,
                snapshotEntries,
                snapshotBytes,
                snapshotSetAsideBytes,
                logSegmentBytes,
                newWall,
                newMonotonic,
                stores,
                fatal,
                listener);
    }
}
