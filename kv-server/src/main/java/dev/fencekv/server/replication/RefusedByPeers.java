package dev.fencekv.server.replication;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides when the refusals of others mean that this node must stop. One that belongs to no cluster
 * yet stops at the first: it is a stranger, or has lost its disk. One that has data stops when more
 * than half of its cluster's others refuse it at the same time: a single one may be the wrong one
 * itself.
 *
 * <p>Safe from any thread.
 */
final class RefusedByPeers {
    /** Refused peers come back every two seconds; what is older has been settled. */
    private static final long RECENT_NANOS = 10_000_000_000L;

    private record Refused(long atNanos, String reason) {}

    private final List<String> others;

    /** Guarded by this. */
    private final Map<String, Refused> recent = new HashMap<>();

    /**
     * @param others the peer addresses of the cluster's other nodes
     */
    RefusedByPeers(List<String> others) {
        this.others = List.copyOf(others);
    }

    /** The line to stop with; empty to go on. */
    synchronized Optional<String> refused(
            boolean formed, String byAddress, String reason, long nowNanos) {
        if (!others.contains(byAddress)) {
            return Optional.empty();
        }
        recent.put(byAddress, new Refused(nowNanos, reason));
        recent.values().removeIf(refused -> nowNanos - refused.atNanos() > RECENT_NANOS);
        if (formed && recent.size() * 2 <= others.size()) {
            return Optional.empty();
        }
        return Optional.of(
                "the cluster refuses this node: "
                        + byAddress
                        + " says: "
                        + reason
                        + ". If it lost its data, it must not come back: see operations.md");
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
