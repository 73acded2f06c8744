package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Limits;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.ReadTerms;
import java.util.ArrayList;
import java.util.List;

/**
 * How to read. Immutable; each method returns a changed copy.
 *
 * @param stale whether what the asked node has applied is fresh enough
 * @param atLeastRevision for stale reads: the revision the node must have applied; 0 takes any
 * @param asOf the moment to read; fails with {@link CompactedException} if that is no longer known
 * @param fences tokens that must be live once the value has been read
 */
public record ReadOptions(boolean stale, long atLeastRevision, AsOf asOf, List<Fence> fences) {
    /** Sees every write that was acknowledged before the read was sent. */
    public static final ReadOptions LINEARIZABLE = new ReadOptions(false, 0, AsOf.NOW, List.of());

    /** Answered by one node from what it has applied, without asking others. */
    public static final ReadOptions STALE = new ReadOptions(true, 0, AsOf.NOW, List.of());

    public ReadOptions {
        Check.argument(fences.size() <= Limits.FENCES_PER_COMMAND_MAX, "at most 16 fences");
        Check.atLeast(0, atLeastRevision, "atLeastRevision");
        Check.argument(
                stale || atLeastRevision == 0,
                "atLeastRevision is for stale reads: a linearizable one is always fresh");
        fences = List.copyOf(fences);
    }

    /** A stale read that is not older than {@code revision}; for read-your-writes. */
    public ReadOptions atLeast(long revision) {
        return new ReadOptions(stale, revision, asOf, fences);
    }

    /**
     * Reads what {@code revision} left, for as long as the store knows it.
     *
     * @param revision of a write or an earlier read, from 1; not one that is yet to come
     */
    public ReadOptions at(long revision) {
        return at(AsOf.revision(revision));
    }

    /** As {@link #at(long)}: what the last write left whose stamp is not above {@code stamp}. */
    public ReadOptions at(HybridTimestamp stamp) {
        return at(AsOf.stamp(stamp));
    }

    ReadOptions at(AsOf moment) {
        return new ReadOptions(stale, atLeastRevision, moment, fences);
    }

    /** The read fails with {@link FencedException} unless this token is live after it. */
    public ReadOptions fence(Fence fence) {
        List<Fence> more = new ArrayList<>(fences);
        more.add(fence);
        return new ReadOptions(stale, atLeastRevision, asOf, more);
    }

    ReadMode mode() {
        return stale ? ReadMode.STALE : ReadMode.LINEARIZABLE;
    }

    ReadTerms terms() {
        return new ReadTerms(mode(), atLeastRevision, asOf, fences);
    }
}
