package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.PlacedMember;
import dev.fencekv.server.state.KvStateMachine;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What operators ask about members: shows them, and puts into the log what a node shall be, unless
 * that is wrong or cannot be done now. Safe from any thread.
 */
final class MemberRequests {
    private final AppliedState applied;
    private final PeerView peers;
    private final LongSupplier ownNodeId;
    private final Supplier<Leadership> leadership;
    private final Consumer<Proposal> propose;

    MemberRequests(
            AppliedState applied,
            PeerView peers,
            LongSupplier ownNodeId,
            Supplier<Leadership> leadership,
            Consumer<Proposal> propose) {
        this.applied = applied;
        this.peers = peers;
        this.ownNodeId = ownNodeId;
        this.leadership = leadership;
        this.propose = propose;
    }

    /** All members, as this node, which leads, sees them. */
    List<MemberInfo> list() {
        Optional<ReplicationGroup> group = peers.group();
        String leader = leadership.get().leaderPeer();
        return placed().stream()
                .map(
                        placed -> {
                            Member member = placed.member();
                            String address = member.peerAddress();
                            return new MemberInfo(
                                    member.nodeId(),
                                    address,
                                    member.clientAddress(),
                                    placed.wanted(),
                                    group.map(now -> role(now, address)).orElse(MemberRole.NONE),
                                    address.equals(leader),
                                    behind(address));
                        })
                .toList();
    }

    private static MemberRole role(ReplicationGroup group, String address) {
        if (group.voters().contains(address)) {
            return MemberRole.VOTER;
        }
        return group.learners().contains(address) ? MemberRole.LEARNER : MemberRole.NONE;
    }

    private long behind(String address) {
        return peers.isHeard(address) ? peers.behindEntries(address) : MemberInfo.NOT_KNOWN;
    }

    /** The peer address of the member that is reached at {@code node}, by nodes or clients. */
    Optional<String> peerAddress(String node) {
        return placed(node).map(placed -> placed.member().peerAddress());
    }

    private Optional<PlacedMember> placed(String node) {
        return placed().stream()
                .filter(
                        placed ->
                                placed.member().peerAddress().equals(node)
                                        || placed.member().clientAddress().equals(node))
                .findFirst();
    }

    private List<PlacedMember> placed() {
        return applied.read(KvStateMachine::placedMembers);
    }

    /** Proposes what the node at {@code node} shall be, or refuses with what to do instead. */
    void place(String node, MemberRole role, Completion completion) {
        Optional<PlacedMember> known = placed(node);
        Optional<SeenPeer> joining = peers.joining(node);
        Optional<String> wrong =
                known.isPresent()
                        ? whatIsWrong(known.get(), joining, role)
                        : whatIsWrong(node, joining, role);
        Optional<String> notNow =
                known.isPresent() ? whyNotNow(known.get(), role) : whyNotNow(node, joining);
        if (wrong.isPresent()) {
            completion.refused(Refusal.wrong(wrong.get()));
        } else if (notNow.isPresent()) {
            completion.refused(Refusal.unavailable(notNow.get()));
        } else {
            Member member =
                    known.map(PlacedMember::member).orElseGet(() -> joining.orElseThrow().member());
            propose.accept(
                    new Proposal(
                            new Command.PlaceMember(member, role),
                            HybridTimestamp.ZERO,
                            completion));
        }
    }

    /** Of a node that is no member. */
    private Optional<String> whatIsWrong(String node, Optional<SeenPeer> joining, MemberRole role) {
        if (role == MemberRole.NONE) {
            return Optional.of("no member is reached at " + node + ": see kvcli member list");
        }
        int level = applied.read(KvStateMachine::featureLevel);
        return joining.filter(peer -> peer.featureLevel() < level)
                .map(old -> "the release of the node at " + node + " is too old for this cluster");
    }

    /** Of a member. */
    private static Optional<String> whatIsWrong(
            PlacedMember known, Optional<SeenPeer> joining, MemberRole role) {
        Member member = known.member();
        boolean isAnother =
                joining.isPresent() && joining.get().member().nodeId() != member.nodeId();
        return isAnother && role != MemberRole.NONE
                ? Optional.of(
                        "the node at "
                                + member.peerAddress()
                                + " has lost its data, and is another one now: kvcli member remove "
                                + member.peerAddress()
                                + " first, then add it")
                : Optional.empty();
    }

    /** Of a node that is no member. */
    private Optional<String> whyNotNow(String node, Optional<SeenPeer> joining) {
        if (joining.isEmpty()) {
            return Optional.of(
                    "no new node has asked to join from "
                            + node
                            + ": start one with an empty directory, without --bootstrap, with"
                            + " --peer-address "
                            + node
                            + " and --peers that name all members and itself");
        }
        return whoCannot(placed());
    }

    /** Of a member. */
    private Optional<String> whyNotNow(PlacedMember known, MemberRole role) {
        List<PlacedMember> others = placed().stream().filter(each -> !each.equals(known)).toList();
        Optional<String> unable = whoCannot(role == MemberRole.NONE ? others : placed());
        if (unable.isPresent() || known.wanted() != MemberRole.VOTER || role == MemberRole.VOTER) {
            return unable;
        }
        List<Member> remaining =
                others.stream()
                        .filter(each -> each.wanted() == MemberRole.VOTER)
                        .map(PlacedMember::member)
                        .toList();
        Set<String> heard = peers.heard(remaining, ownNodeId.getAsLong());
        List<String> missing =
                remaining.stream()
                        .map(Member::peerAddress)
                        .filter(each -> !heard.contains(each))
                        .toList();
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "of the voters that would remain, "
                                + String.join(", ", missing)
                                + " cannot be heard: without all of them it might be that nobody"
                                + " can be elected. Start them, or remove them first");
    }

    /**
     * Who must not meet this command in the log: before the level is raised an old release would
     * stop at it. A member that goes need not know it; it may be down for good.
     */
    private Optional<String> whoCannot(List<PlacedMember> among) {
        if (applied.read(KvStateMachine::featureLevel) >= KvStateMachine.FEATURE_LEVEL_MEMBERS) {
            return Optional.empty();
        }
        Set<Long> able =
                peers.accepted().stream()
                        .filter(peer -> peer.featureLevel() >= KvStateMachine.FEATURE_LEVEL_MEMBERS)
                        .map(peer -> peer.member().nodeId())
                        .collect(Collectors.toSet());
        able.add(ownNodeId.getAsLong());
        List<String> unable =
                among.stream()
                        .map(PlacedMember::member)
                        .filter(member -> !able.contains(member.nodeId()))
                        .map(Member::peerAddress)
                        .toList();
        return unable.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        String.join(", ", unable)
                                + " must run a release that can do this, and be heard, first");
    }
}
