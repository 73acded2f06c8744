package dev.fencekv.wire;

import dev.fencekv.check.Check;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Limits;
import java.util.List;

/**
 * What a read of more than one key must see, and under which tokens.
 *
 * @param atLeastRevision for {@link ReadMode#STALE}: refuse while the node has applied less; 0
 *     takes any
 * @param at the moment as of which all keys are read
 * @param fences tokens that must be live once all has been read
 */
public record ReadTerms(ReadMode mode, long atLeastRevision, AsOf at, List<Fence> fences) {
    /** Sees every write acknowledged before the read was sent. */
    public static final ReadTerms LINEARIZABLE =
            new ReadTerms(ReadMode.LINEARIZABLE, 0, AsOf.NOW, List.of());

    public ReadTerms {
        Check.atLeast(0, atLeastRevision, "atLeastRevision");
        Check.argument(
                fences.size() <= Limits.FENCES_PER_COMMAND_MAX,
                "at most " + Limits.FENCES_PER_COMMAND_MAX + " fences");
        fences = List.copyOf(fences);
    }
}
