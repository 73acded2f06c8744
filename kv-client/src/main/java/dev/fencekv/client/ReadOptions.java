package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Limits;
import java.util.ArrayList;
import java.util.List;

/**
 * How to read. Immutable; each method returns a changed copy.
 *
 * @param stale whether what the asked node has applied is fresh enough
 * @param atLeastRevision for stale reads: the revision the node must have applied; 0 takes any
 * @param fences tokens that must be live once the value has been read
 */
public record ReadOptions(boolean stale, long atLeastRevision, List<Fence> fences) {
    /** Sees every write that was acknowledged before the read was sent. */
    public static final ReadOptions LINEARIZABLE = new ReadOptions(false, 0, List.of());

    /** Answered by one node from what it has applied, without asking others. */
    public static final ReadOptions STALE = new ReadOptions(true, 0, List.of());

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
        return new ReadOptions(stale, revision, fences);
    }

    /** The read fails with {@link FencedException} unless this token is live after it. */
    public ReadOptions fence(Fence fence) {
        List<Fence> more = new ArrayList<>(fences);
        more.add(fence);
        return new ReadOptions(stale, atLeastRevision, more);
    }
}
