package dev.fencekv.server.replication;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a leader has to put into the log about the nodes themselves: forms the cluster, keeps up
 * where clients reach its members, raises the feature level. Decides; proposes nothing. Stateless.
 */
final class MembershipDuty {
    /**
     * What a leader knows when it asks.
     *
     * @param own this node
     * @param peers the configured peer addresses: who shall form the cluster
     * @param bound the members in the applied state, without those that leave
     * @param seen who has introduced itself
     */
    record View(
            ClusterId cluster,
            SeenPeer own,
            List<String> peers,
            List<Member> bound,
            List<SeenPeer> seen,
            int featureLevel) {}

    private MembershipDuty() {}

    /**
     * The next command, one at a time; empty if all is as it should be.
     *
     * @param newCluster mints the id of a new cluster
     * @param hashSeed mints the seed of a new store
     */
    static Optional<Command> next(
            View view, Supplier<ClusterId> newCluster, Supplier<Long> hashSeed) {
        if (view.cluster.isNone()) {
            return missing(view).isEmpty()
                    ? Optional.of(
                            new Command.FormCluster(
                                    newCluster.get(), founders(view), hashSeed.get()))
                    : Optional.empty();
        }
        for (SeenPeer peer : present(view)) {
            if (hasMoved(peer.member(), view.bound)) {
                return Optional.of(new Command.BindMember(peer.member()));
            }
        }
        int level = commonLevel(view);
        return level > view.featureLevel
                ? Optional.of(new Command.RaiseLevel(level))
                : Optional.empty();
    }

    /**
     * The configured peers without which a cluster must not be formed.
     *
     * <p>HAZARD: two nodes of three have lost their disks and are started with --bootstrap while
     * the third, which has the data, is down. They are a majority. Formed by them, a new, empty
     * cluster would answer in the name of the old one. So all must be there, and all be new.
     */
    static List<String> missing(View view) {
        if (!view.cluster.isNone()) {
            return List.of();
        }
        List<String> missing = new ArrayList<>(view.peers);
        for (SeenPeer peer : present(view)) {
            if (peer.cluster().isNone()) {
                missing.remove(peer.member().peerAddress());
            }
        }
        return missing;
    }

    private static List<Member> founders(View view) {
        List<Member> founders = new ArrayList<>();
        for (SeenPeer peer : present(view)) {
            founders.add(peer.member());
        }
        return founders;
    }

    /** This node and those of the cluster, or of the cluster to be, that it has met. */
    private static List<SeenPeer> present(View view) {
        List<SeenPeer> present = new ArrayList<>();
        present.add(view.own);
        for (SeenPeer peer : view.seen) {
            Member member = peer.member();
            boolean belongs =
                    view.cluster.isNone()
                            ? view.peers.contains(member.peerAddress())
                            : isBound(member, view.bound);
            if (belongs && !member.peerAddress().equals(view.own.member().peerAddress())) {
                present.add(peer);
            }
        }
        return present;
    }

    /** What was heard of a node that has since left its address to another is out of date. */
    private static boolean isBound(Member member, List<Member> bound) {
        return bound.stream()
                .anyMatch(
                        known ->
                                known.peerAddress().equals(member.peerAddress())
                                        && known.nodeId() == member.nodeId());
    }

    /** A member's address belongs to its node, which may change where clients reach it. */
    private static boolean hasMoved(Member member, List<Member> bound) {
        return isBound(member, bound) && !bound.contains(member);
    }

    /** What all members can do; 0 while one of them has not been heard. */
    private static int commonLevel(View view) {
        List<SeenPeer> present = present(view);
        int level = view.bound.isEmpty() ? 0 : Integer.MAX_VALUE;
        for (Member member : view.bound) {
            int announced = 0;
            for (SeenPeer peer : present) {
                if (peer.member().nodeId() == member.nodeId()) {
                    announced = peer.featureLevel();
                }
            }
            level = Math.min(level, announced);
        }
        return level;
    }
}
