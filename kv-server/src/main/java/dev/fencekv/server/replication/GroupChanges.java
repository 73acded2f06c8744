package dev.fencekv.server.replication;

import dev.fencekv.kv.MemberRole;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.PlacedMember;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which changes of the replicated group would bring it nearer to what the members shall be.
 * Decides; changes nothing. Stateless.
 *
 * <p>A new node is a learner until it has nearly all of the log: as a voter it would have to be
 * waited for while it copies. Nodes come before others go. Voters are changed only while all voters
 * that there are then are heard, but for those that are to leave: a voter that is down and lags
 * does not know the new ones, and the engine lets it ignore their candidacies.
 *
 * <p>HAZARD: a learner never becomes a voter in one change, nor a voter a learner. The engine keeps
 * the sender that it has for the node, of the kind that it was, and then stops it: such a voter is
 * never counted, and hears nothing until another node leads. So it leaves the group in between.
 *
 * <p>HAZARD: a leader does not remove itself. The engine would count it for read confirmations
 * although it is no member any more, and it could answer from a state that others have left behind.
 */
final class GroupChanges {
    /** A learner that is so near the end of the log will have it in a moment. */
    static final long CAUGHT_UP_ENTRIES = 10_000;

    /**
     * What a leader knows when it asks.
     *
     * @param self its own peer address
     * @param members with what they shall be
     * @param group as it is
     * @param heard the peer addresses of the nodes that live, this one's among them
     * @param caughtUp those of them that have nearly all of the log
     */
    record View(
            String self,
            List<PlacedMember> members,
            ReplicationGroup group,
            Set<String> heard,
            Set<String> caughtUp) {}

    /** One thing to do. */
    sealed interface Step {}

    record Change(ReplicationGroup next) implements Step {}

    /** The lead goes to a voter that stays. */
    record LeaveLead(String to) implements Step {}

    /** The node has left. */
    record Forget(Member member) implements Step {}

    private GroupChanges() {}

    /** What could be done now, the best first; empty if all is as it should be, or has to wait. */
    static List<Step> steps(View view) {
        List<Step> steps = new ArrayList<>();
        for (PlacedMember placed : view.members) {
            more(view, placed).ifPresent(steps::add);
        }
        for (PlacedMember placed : view.members) {
            less(view, placed).ifPresent(steps::add);
        }
        return steps;
    }

    private static Optional<Step> more(View view, PlacedMember placed) {
        String address = placed.member().peerAddress();
        ReplicationGroup group = view.group;
        boolean votes = placed.wanted() == MemberRole.VOTER;
        boolean canVote = votes && view.caughtUp.contains(address);
        if (placed.wanted() == MemberRole.NONE || !view.heard.contains(address)) {
            return Optional.empty();
        }
        if (!group.contains(address)) {
            return canVote
                    ? voters(view, group.withVoter(address))
                    : Optional.of(new Change(group.withLearner(address)));
        }
        return canVote && group.learners().contains(address)
                ? Optional.of(new Change(group.without(address)))
                : Optional.empty();
    }

    private static Optional<Step> less(View view, PlacedMember placed) {
        String address = placed.member().peerAddress();
        boolean leaves = placed.wanted() == MemberRole.NONE;
        boolean hasVote = view.group.voters().contains(address);
        if (leaves && !view.group.contains(address)) {
            return Optional.of(new Forget(placed.member()));
        }
        ReplicationGroup next = view.group.without(address);
        if (leaves && !hasVote) {
            return Optional.of(new Change(next));
        }
        if (!hasVote || placed.wanted() == MemberRole.VOTER) {
            return Optional.empty();
        }
        long toBe =
                view.members.stream()
                        .filter(each -> each.wanted() == MemberRole.VOTER)
                        .filter(each -> view.heard.contains(each.member().peerAddress()))
                        .count();
        return next.voters().size() < toBe ? Optional.empty() : voters(view, next);
    }

    private static Optional<Step> voters(View view, ReplicationGroup next) {
        boolean possible =
                ReplicationGroup.isMajority(view.heard, next.voters())
                        && next.voters().stream()
                                .allMatch(
                                        voter -> view.heard.contains(voter) || leaves(view, voter));
        if (!possible) {
            return Optional.empty();
        }
        return next.voters().contains(view.self)
                ? Optional.of(new Change(next))
                : next.voters().stream()
                        .filter(view.caughtUp::contains)
                        .filter(voter -> !leaves(view, voter))
                        .findFirst()
                        .map(LeaveLead::new);
    }

    private static boolean leaves(View view, String address) {
        return view.members.stream()
                .anyMatch(
                        each ->
                                each.wanted() == MemberRole.NONE
                                        && each.member().peerAddress().equals(address));
    }
}
