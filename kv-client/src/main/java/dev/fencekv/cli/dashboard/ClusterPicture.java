package dev.fencekv.cli.dashboard;

import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.PeerHealth;
import dev.fencekv.kv.Rejection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The cluster as its nodes told it, at about the same time. Immutable.
 *
 * @param takenAtNanos by the monotonic clock of this process
 * @param nodes by address
 * @param locks empty if they are not known: nobody answered, or there are too many
 * @param rejections the newest ones, oldest first; empty if they are not known
 */
record ClusterPicture(
        long takenAtNanos,
        List<NodePicture> nodes,
        Optional<List<LockInfo>> locks,
        Optional<List<Rejection>> rejections) {
    private static final double NANOS_PER_SECOND = 1e9;

    ClusterPicture {
        nodes = List.copyOf(nodes);
    }

    /** Of whoever leads; else of whoever is furthest. */
    Optional<NodeStatus> furthest() {
        return nodes.stream()
                .flatMap(node -> node.status().stream())
                .max(
                        Comparator.comparing((NodeStatus it) -> it.role() == NodeRole.LEADER)
                                .thenComparing(NodeStatus::revision));
    }

    Optional<NodeStatus> leader() {
        return furthest().filter(status -> status.role() == NodeRole.LEADER);
    }

    /** How the leader sees a node; without a leader, how anybody does. */
    Optional<PeerHealth> seen(String address) {
        return nodes.stream()
                .flatMap(node -> node.health().stream())
                .sorted(Comparator.comparing((NodeHealth it) -> it.role() != NodeRole.LEADER))
                .flatMap(health -> health.peers().stream())
                .filter(peer -> peer.address().equals(address))
                .findFirst();
    }

    /** Changes of the state per second since {@code before}; empty if that is not known. */
    OptionalDouble changesPerSecond(ClusterPicture before) {
        double seconds = (takenAtNanos - before.takenAtNanos) / NANOS_PER_SECOND;
        Optional<NodeStatus> now = furthest();
        Optional<NodeStatus> then = before.furthest();
        if (now.isEmpty() || then.isEmpty() || seconds <= 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(
                Math.max(0, now.get().revision() - then.get().revision()) / seconds);
    }
}
