package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.PlacedMember;
import dev.fencekv.server.state.KvStateMachine;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a leader does about the nodes themselves: forms the cluster, takes the operator's word for
 * who shall be what, and brings the replicated group there, one change at a time. What is wanted
 * lies in the replicated state, so the next leader goes on where this one was stopped.
 *
 * <p>Safe from any thread, but for {@link #look}, which one thread calls.
 */
final class MembershipKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(MembershipKeeper.class);

    private static final long RETRY_NANOS = 1_000_000_000;

    private final ReplicatorOptions options;
    private final DataDirectory directory;
    private final AppliedState applied;
    private final PeerView peers;
    private final Supplier<Leadership> leadership;
    private final Consumer<Proposal> propose;
    private final Consumer<Proposal> submit;
    private final SecureRandom random = new SecureRandom();

    /** Whether a command of our own is on its way through the log. */
    private final AtomicBoolean dutyInFlight = new AtomicBoolean();

    /** Whether the engine works on a change. */
    private final AtomicBoolean changing = new AtomicBoolean();

    /** When a change that failed may be tried again, as the monotonic clock has it. */
    private volatile long retryAtNanos;

    private volatile GroupChanges.@Nullable Step lastFailed;

    /** Who has to come before the cluster can be formed. Owned by whoever calls look. */
    private List<String> missing = List.of();

    /**
     * @param propose what an operator asks: only if this node is ready for commands
     * @param submit what this node asks by itself, also to become ready
     */
    MembershipKeeper(
            ReplicatorOptions options,
            DataDirectory directory,
            AppliedState applied,
            PeerView peers,
            Supplier<Leadership> leadership,
            Consumer<Proposal> propose,
            Consumer<Proposal> submit) {
        this.options = options;
        this.directory = directory;
        this.applied = applied;
        this.peers = peers;
        this.leadership = leadership;
        this.propose = propose;
        this.submit = submit;
        this.retryAtNanos = options.monotonic().nanos();
    }

    // ---- what operators ask

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
    Optional<Member> find(String node) {
        return placed(node).map(PlacedMember::member);
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
        Set<String> heard = heard(remaining);
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
        able.add(directory.identity().nodeId());
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

    /** Those that live: the very nodes, not others that have their addresses. */
    private Set<String> heard(List<Member> members) {
        Set<Long> met =
                peers.accepted().stream()
                        .map(peer -> peer.member().nodeId())
                        .collect(Collectors.toSet());
        met.add(directory.identity().nodeId());
        return members.stream()
                .filter(member -> met.contains(member.nodeId()))
                .map(Member::peerAddress)
                .filter(peers::isHeard)
                .collect(Collectors.toSet());
    }

    // ---- what a leader does by itself

    /** To be called about every 100 ms while this node leads. */
    void look() {
        proposeDuty();
        changeGroup();
    }

    private void proposeDuty() {
        MembershipDuty.View view = dutyView();
        tellMissing(MembershipDuty.missing(view));
        if (!dutyInFlight.get()) {
            MembershipDuty.next(view, this::newCluster, random::nextLong)
                    .ifPresent(this::proposeOwn);
        }
    }

    private void proposeOwn(Command command) {
        if (dutyInFlight.compareAndSet(false, true)) {
            LOG.info("proposing {}", command.kind());
            submit.accept(new Proposal(command, HybridTimestamp.ZERO, new Done(dutyInFlight)));
        }
    }

    private void tellMissing(List<String> now) {
        if (!now.equals(missing) && !now.isEmpty()) {
            LOG.info(
                    "the cluster is not formed yet: waiting for {}, to be started with --bootstrap"
                            + " and an empty directory",
                    String.join(" and ", now));
        }
        missing = now;
    }

    private MembershipDuty.View dutyView() {
        NodeIdentity identity = directory.identity();
        Member own = new Member(identity.nodeId(), identity.peerAddress(), options.clientAddress());
        return applied.read(
                state ->
                        new MembershipDuty.View(
                                state.cluster(),
                                new SeenPeer(
                                        state.cluster(), own, KvStateMachine.FEATURE_LEVEL_MAX),
                                options.peers(),
                                staying(state.placedMembers()),
                                peers.accepted(),
                                state.featureLevel()));
    }

    private static List<Member> staying(List<PlacedMember> placed) {
        return placed.stream()
                .filter(each -> each.wanted() != MemberRole.NONE)
                .map(PlacedMember::member)
                .toList();
    }

    private ClusterId newCluster() {
        ClusterId minted = new ClusterId(random.nextLong(), random.nextLong());
        return minted.isNone() ? newCluster() : minted;
    }

    private void changeGroup() {
        Optional<ReplicationGroup> group = peers.group();
        boolean early = options.monotonic().nanos() - retryAtNanos < 0;
        if (group.isEmpty() || early || changing.get()) {
            return;
        }
        List<GroupChanges.Step> steps = GroupChanges.steps(view(group.get()));
        // What just failed lets the others go first.
        GroupChanges.Step failed = lastFailed;
        lastFailed = null;
        steps.stream()
                .filter(step -> !step.equals(failed))
                .findFirst()
                .or(() -> steps.stream().findFirst())
                .ifPresent(this::take);
    }

    private void take(GroupChanges.Step step) {
        if (step instanceof GroupChanges.Forget forget) {
            proposeOwn(new Command.ForgetMember(forget.member()));
        } else if (step instanceof GroupChanges.LeaveLead leave) {
            LOG.info("this node is to leave, so it leaves the lead to {}", leave.to());
            peers.transferTo(leave.to()).ifPresent(why -> failed(step, why));
        } else {
            change((GroupChanges.Change) step);
        }
    }

    private GroupChanges.View view(ReplicationGroup group) {
        List<PlacedMember> members = placed();
        Set<String> heard = heard(members.stream().map(PlacedMember::member).toList());
        Set<String> caughtUp =
                heard.stream()
                        .filter(each -> peers.behindEntries(each) <= GroupChanges.CAUGHT_UP_ENTRIES)
                        .collect(Collectors.toSet());
        return new GroupChanges.View(options.peerAddress(), members, group, heard, caughtUp);
    }

    private void change(GroupChanges.Change step) {
        ReplicationGroup next = step.next();
        LOG.info("changing the group to voters {} and learners {}", next.voters(), next.learners());
        changing.set(true);
        try {
            peers.change(next, failure -> changed(step, failure));
        } catch (RuntimeException e) {
            changed(step, Optional.of(String.valueOf(e.getMessage())));
        }
    }

    private void changed(GroupChanges.Step step, Optional<String> failure) {
        failure.ifPresent(why -> failed(step, why));
        changing.set(false);
    }

    private void failed(GroupChanges.Step step, String why) {
        LOG.warn("the group was not changed, trying again: {}", why);
        lastFailed = step;
        retryAtNanos = options.monotonic().nanos() + RETRY_NANOS;
    }

    private record Done(AtomicBoolean inFlight) implements Completion {
        @Override
        public void applied(Outcome outcome) {
            inFlight.set(false);
        }

        @Override
        public void refused(Refusal refusal) {
            inFlight.set(false);
        }

        @Override
        public void unknown() {
            inFlight.set(false);
        }
    }
}
