package dev.fencekv.server.state;

import dev.fencekv.kv.Limits;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.RefusalReason;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes belong to the cluster, and what they shall be. The state holds what is wanted; the
 * leader brings the replicated group there.
 */
final class MemberCommands {
    private final Members members;
    private final Change change;
    private final Answers answers;

    MemberCommands(Members members, Change change, Answers answers) {
        this.members = members;
        this.change = change;
        this.answers = answers;
    }

    Outcome bind(Member member) {
        Outcome refusal = refusalToSeat(member);
        if (refusal != null) {
            return refusal;
        }
        if (members.wouldChange(member)) {
            change.effect();
            members.bind(member);
        }
        return answers.done();
    }

    /** Why the node cannot stand at its address; null if it can, or does. */
    private @Nullable Outcome refusalToSeat(Member member) {
        long bound = members.nodeAt(member.peerAddress());
        if (bound != Members.NOBODY && bound != member.nodeId()) {
            return answers.refused(Status.CONDITION_FAILED, RefusalReason.ADDRESS_TAKEN, bound);
        }
        if (bound == Members.NOBODY && members.count() >= Limits.MEMBERS_MAX) {
            return answers.refused(
                    Status.QUOTA_EXCEEDED, RefusalReason.MEMBERS, Limits.MEMBERS_MAX);
        }
        return null;
    }

    /**
     * Says what a node shall be. A node that was told to leave cannot be told to stay: whoever has
     * seen that it leaves may rely on it.
     */
    Outcome place(Command.PlaceMember place) {
        Member member = place.member();
        boolean known = members.nodeAt(member.peerAddress()) == member.nodeId();
        if (!known && place.role() == MemberRole.NONE) {
            return answers.plain(Status.NOT_FOUND);
        }
        Outcome refusal = refusalToSeat(member);
        if (refusal != null) {
            return refusal;
        }
        if (!known) {
            if (members.isBoundElsewhere(member)) {
                return answers.refused(
                        Status.CONDITION_FAILED, RefusalReason.NODE_ELSEWHERE, member.nodeId());
            }
            change.effect();
            members.add(member, place.role());
            return answers.done();
        }
        MemberRole before = members.roleAt(member.peerAddress());
        if (before == place.role()) {
            return answers.done();
        }
        if (before == MemberRole.NONE) {
            return answers.refused(
                    Status.CONDITION_FAILED, RefusalReason.MEMBER_LEAVES, member.nodeId());
        }
        if (before == MemberRole.VOTER && members.voters() == 1) {
            return answers.refused(Status.CONDITION_FAILED, RefusalReason.LAST_VOTER, 0);
        }
        change.effect();
        members.place(member.peerAddress(), place.role());
        return answers.done();
    }

    /** Forgets a node that was told to leave, and has. */
    Outcome forget(Member member) {
        if (members.nodeAt(member.peerAddress()) != member.nodeId()) {
            return answers.plain(Status.NOT_FOUND);
        }
        if (members.roleAt(member.peerAddress()) != MemberRole.NONE) {
            return answers.plain(Status.CONDITION_FAILED);
        }
        change.effect();
        members.remove(member.peerAddress());
        return answers.done();
    }
}
