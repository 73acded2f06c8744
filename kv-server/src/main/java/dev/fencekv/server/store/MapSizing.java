package dev.fencekv.server.store;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Limits;
import dev.fencekv.server.state.RecordCodec;

/**
 * How a Chronicle Map must be laid out so that a quota's worth of records fits whatever their
 * sizes. The map is {@code segments} segments; each begins with one tier of {@code chunksPerTier}
 * chunks and takes further tiers of that size from a pool that all segments share. A record lies in
 * consecutive chunks of one tier; a tier is never given back.
 *
 * @param entriesPerTier for how many records the hash table of a tier is made; it takes no fewer
 * @param maxBloatFactor how many tiers there may be in the end for each segment
 */
record MapSizing(int segments, long chunksPerTier, long entriesPerTier, double maxBloatFactor) {
    static final int LARGEST_RECORD_CHUNKS =
            (int)
                    (RecordCodec.charge(Limits.KEY_BYTES_MAX, Limits.VALUE_BYTES_MAX)
                            / RecordCodec.CHUNK_BYTES);

    static final int SMALLEST_RECORD_CHUNKS =
            (int) (RecordCodec.charge(1, 0) / RecordCodec.CHUNK_BYTES);

    /**
     * A tier must hold the largest record, and should hold it beside others. Not more: to place a
     * record, the map searches the tier's bits for a gap; with 256 MiB of records whose sizes
     * change at random, p99 of a write was 37 µs with 8 and 11 µs with 2.
     */
    private static final int LARGEST_RECORDS_PER_TIER = 2;

    /**
     * The first tiers hold this many times the quota. Memory that is not touched is not taken from
     * the system, and gaps between records stay easy to find. With it, records of up to a few
     * chunks whose sizes change at random never need a second tier.
     */
    private static final int HEADROOM = 2;

    /**
     * The tiers of all segments may come to 32 times the quota ({@link #HEADROOM} times this). The
     * worst that adversarial mixes of sizes reached was 5 times. In theory first fit can need M
     * log2(n) for M bytes of records that differ by a factor n in size: 12 times the quota, and
     * more because each segment keeps what it had at its own peak. Tiers are taken one eighth of
     * the segments at a time, when they are needed, so a generous limit costs nothing; too tight a
     * one destroys a record. There is one at all so that a runaway ends in a message.
     */
    private static final double MAX_BLOAT_FACTOR = 16;

    /** A small store still lets readers and the writer work side by side. */
    private static final int SEGMENTS_MIN = 16;

    /** From 64 GiB on tiers grow instead. */
    private static final int SEGMENTS_MAX = 1 << 16;

    static MapSizing forQuota(long quotaBytes) {
        Check.atLeast(1, quotaBytes, "quotaBytes");
        long chunks = HEADROOM * (quotaBytes / RecordCodec.CHUNK_BYTES + 1);
        long chunksPerTierMin = (long) LARGEST_RECORDS_PER_TIER * LARGEST_RECORD_CHUNKS;
        long segmentsThatFit = Long.highestOneBit(chunks / chunksPerTierMin);
        int segments = (int) Math.max(SEGMENTS_MIN, Math.min(SEGMENTS_MAX, segmentsThatFit));
        long chunksPerTier = Math.max(chunksPerTierMin, chunks / segments + 1);
        return new MapSizing(
                segments,
                chunksPerTier,
                chunksPerTier / HEADROOM / SMALLEST_RECORD_CHUNKS,
                MAX_BLOAT_FACTOR);
    }

    /** The tiers that there may be beside the first one of each segment. */
    long extraTiersMax() {
        return Math.round(maxBloatFactor * segments);
    }
}
