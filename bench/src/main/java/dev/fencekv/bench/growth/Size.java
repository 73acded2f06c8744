package dev.fencekv.bench.growth;

import dev.fencekv.bench.json.JsonObject;

/**
 * What was measured with so many keys. Latencies in microseconds, one operation at a time.
 *
 * @param insertsPerSecond while the keys were written, 256 outstanding
 * @param snapshotting puts while the nodes take one snapshot after the other
 * @param heapBytes of the leader, garbage included
 * @param residentBytes of the leader: heap, records and everything else
 * @param snapshotSeconds median of one node's snapshots, under those puts or right after; 0 if none
 *     was seen
 * @param replaySeconds a follower's restart from the log alone, until it has caught up
 * @param restartSeconds a follower's restart from a snapshot
 */
public record Size(
        int keys,
        double insertsPerSecond,
        double putP50,
        double putP99,
        double getP50,
        double getP99,
        double snapshottingP50,
        double snapshottingP99,
        long heapBytes,
        long residentBytes,
        double snapshotSeconds,
        double replaySeconds,
        double restartSeconds) {
    /** Inserts that a restart from the log replays in a second, the start of its JVM included. */
    double replayedPerSecond() {
        return keys / replaySeconds;
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("keys", keys)
                .put("insertsPerSecond", insertsPerSecond)
                .put("putP50Us", putP50)
                .put("putP99Us", putP99)
                .put("getP50Us", getP50)
                .put("getP99Us", getP99)
                .put("putWhileSnapshottingP50Us", snapshottingP50)
                .put("putWhileSnapshottingP99Us", snapshottingP99)
                .put("heapBytes", heapBytes)
                .put("residentBytes", residentBytes)
                .put("snapshotSeconds", snapshotSeconds)
                .put("replaySeconds", replaySeconds)
                .put("restartSeconds", restartSeconds);
    }
}
