package dev.fencekv.server.replication;

import dev.fencekv.kv.MemberRole;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.PlacedMember;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which single change of the replicated group brings it nearer to what the members shall be.
 * Decides; changes nothing. Stateless.
 *
 * <p>A new node is a learner until it has nearly all of the log: as a voter it would have to be
 * waited for while it copies. A voter is added or removed only if more than half of the voters that
 * there are then are heard: else the change could not be committed, and nothing else either.
 *
 * <p>HAZARD: a learner never becomes a voter in one change, nor a voter a learner. The engine keeps
 * the sender that it has for the node, of the kind that it was, and then stops it: such a voter is
 * never counted, and hears nothing until another node leads. So it leaves the group in between.
 */
final class GroupChanges {
    /** A learner that is so near the end of the log will have it in a moment. */
    static final long CAUGHT_UP_ENTRIES = 10_000;

    /**
     * What a leader knows when it asks.
     *
     * @param members with what they shall be
     * @param group as it is
     * @param heard the peer addresses of the nodes that live, this one's among them
     * @param caughtUp those of them that have nearly all of the log
     */
    record View(
            List<PlacedMember> members,
            ReplicationGroup group,
            Set<String> heard,
            Set<String> caughtUp) {}

    /** One thing to do. */
    sealed interface Step {}

    record Change(ReplicationGroup next) implements Step {}

    /** The node has left. */
    record Forget(Member member) implements Step {}

    private GroupChanges() {}

    /**
     * The next step; empty if all is as it should be, or has to wait. Nodes come before they go.
     */
    static Optional<Step> next(View view) {
        for (PlacedMember placed : view.members) {
            Optional<Step> step = towardsMore(view, placed);
            if (step.isPresent()) {
                return step;
            }
        }
        for (PlacedMember placed : view.members) {
            Optional<Step> step = towardsLess(view, placed);
            if (step.isPresent()) {
                return step;
            }
        }
        return Optional.empty();
    }

    private static Optional<Step> towardsMore(View view, PlacedMember placed) {
        String address = placed.member().peerAddress();
        ReplicationGroup group = view.group;
        boolean votes = placed.wanted() == MemberRole.VOTER;
        boolean canVote = votes && view.caughtUp.contains(address);
        if (placed.wanted() == MemberRole.NONE || !view.heard.contains(address)) {
            return Optional.empty();
        }
        if (!group.contains(address)) {
            return canVote
                    ? change(view, group.withVoter(address))
                    : change(view, group.withLearner(address));
        }
        return canVote && group.learners().contains(address)
                ? change(view, group.without(address))
                : Optional.empty();
    }

    private static Optional<Step> towardsLess(View view, PlacedMember placed) {
        String address = placed.member().peerAddress();
        boolean leaves = placed.wanted() == MemberRole.NONE;
        if (leaves && !view.group.contains(address)) {
            return Optional.of(new Forget(placed.member()));
        }
        boolean tooMuch =
                leaves
                        || placed.wanted() == MemberRole.LEARNER
                                && view.group.voters().contains(address);
        return tooMuch ? change(view, view.group.without(address)) : Optional.empty();
    }

    private static Optional<Step> change(View view, ReplicationGroup next) {
        return next.voters().equals(view.group.voters())
                        || ReplicationGroup.isMajority(view.heard, next.voters())
                ? Optional.of(new Change(next))
                : Optional.empty();
    }
}
