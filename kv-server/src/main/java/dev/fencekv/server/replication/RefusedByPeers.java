package dev.fencekv.server.replication;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Decides when the refusals of others mean that this node must stop. One that belongs to no cluster
 * yet stops at the first: it is a stranger, or has lost its disk. One that has data stops when more
 * than half of its cluster's others refuse it again and again: a single one may be the wrong one
 * itself, and who has not applied yet that it was added refuses it for a moment.
 *
 * <p>Safe from any thread.
 */
final class RefusedByPeers {
    /** Refused peers come back every two seconds; what is older has been settled. */
    private static final long RECENT_NANOS = 10_000_000_000L;

    /** From the first to the last refusal of a node that counts. */
    private static final long LASTING_NANOS = 4_000_000_000L;

    private record Refused(long firstNanos, long lastNanos) {
        boolean lasts() {
            return lastNanos - firstNanos >= LASTING_NANOS;
        }
    }

    private final Supplier<List<String>> others;

    /** Guarded by this. */
    private final Map<String, Refused> recent = new HashMap<>();

    /**
     * @param others the peer addresses of the cluster's other nodes
     */
    RefusedByPeers(Supplier<List<String>> others) {
        this.others = others;
    }

    /** The line to stop with; empty to go on. */
    synchronized Optional<String> refused(
            boolean formed, String byAddress, String reason, long nowNanos) {
        List<String> now = others.get();
        if (!now.contains(byAddress)) {
            return Optional.empty();
        }
        recent.values().removeIf(refused -> nowNanos - refused.lastNanos > RECENT_NANOS);
        recent.keySet().retainAll(now);
        recent.merge(
                byAddress,
                new Refused(nowNanos, nowNanos),
                (before, again) -> new Refused(before.firstNanos, again.lastNanos));
        long lasting = recent.values().stream().filter(Refused::lasts).count();
        if (formed && lasting * 2 <= now.size()) {
            return Optional.empty();
        }
        return Optional.of(
                "the cluster refuses this node: "
                        + byAddress
                        + " says: "
                        + reason
                        + ". If it was removed, or has lost its data, it can come back only as a new"
                        + " node, with an empty directory: see operations.md");
    }

    /** As {@link #refused}, if it is this node that refuses the others. */
    synchronized Optional<String> refusing(String address, String reason, long nowNanos) {
        return refused(true, address, reason, nowNanos)
                .map(
                        line ->
                                "most of --peers are of another cluster: "
                                        + reason
                                        + ". Correct --peers, or start this node with the"
                                        + " directory that it had in that cluster");
    }
}
