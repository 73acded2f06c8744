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
    private final SecureRandom random = new SecureRandom();

    /** Whether a command of our own is on its way through the log. */
    private final AtomicBoolean dutyInFlight = new AtomicBoolean();

    /** Whether the engine works on a change. */
    private final AtomicBoolean changing = new AtomicBoolean();

    /** When a change that failed may be tried again, as the monotonic clock has it. */
    private volatile long retryAtNanos;

    /** Who has to come before the cluster can be formed. Owned by whoever calls look. */
    private List<String> missing = List.of();

    MembershipKeeper(
            ReplicatorOptions options,
            DataDirectory directory,
            AppliedState applied,
            PeerView peers,
            Supplier<Leadership> leadership,
            Consumer<Proposal> propose) {
        this.options = options;
        this.directory = directory;
        this.applied = applied;
        this.peers = peers;
        this.leadership = leadership;
        this.propose = propose;
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
        Optional<Refusal> refusal =
                known.isPresent()
                        ? whyNot(known.get(), joining, role)
                        : whyNot(node, joining, role);
        if (refusal.isPresent()) {
            completion.refused(refusal.get());
            return;
        }
        Member member =
                known.map(PlacedMember::member).orElseGet(() -> joining.orElseThrow().member());
        propose.accept(
                new Proposal(
                        new Command.PlaceMember(member, role), HybridTimestamp.ZERO, completion));
    }

    /** Of a node that is no member. */
    private Optional<Refusal> whyNot(String node, Optional<SeenPeer> joining, MemberRole role) {
        if (role == MemberRole.NONE) {
            return wrong("no member is reached at " + node + ": see kvcli member list");
        }
        if (joining.isEmpty()) {
            return Optional.of(
                    Refusal.unavailable(
                            "no new node has asked to join from "
                                    + node
                                    + ": start one with an empty directory, without --bootstrap,"
                                    + " with --peer-address "
                                    + node
                                    + " and --peers that name all members and itself"));
        }
        int level = applied.read(KvStateMachine::featureLevel);
        if (level < KvStateMachine.FEATURE_LEVEL_MEMBERS) {
            return Optional.of(
                    Refusal.unavailable(
                            "not all members run a release that can do this, or one of them is"
                                    + " down"));
        }
        return joining.get().featureLevel() < level
                ? wrong("the release of the node at " + node + " is too old for this cluster")
                : Optional.empty();
    }

    /** Of a member. */
    private Optional<Refusal> whyNot(
            PlacedMember known, Optional<SeenPeer> joining, MemberRole role) {
        Member member = known.member();
        boolean isAnother =
                joining.isPresent() && joining.get().member().nodeId() != member.nodeId();
        if (isAnother && role != MemberRole.NONE) {
            return wrong(
                    "the node at "
                            + member.peerAddress()
                            + " has lost its data, and is another one now: kvcli member remove "
                            + member.peerAddress()
                            + " first, then add it");
        }
        if (known.wanted() != MemberRole.VOTER || role == MemberRole.VOTER) {
            return Optional.empty();
        }
        List<Member> others =
                placed().stream()
                        .filter(each -> each.wanted() == MemberRole.VOTER && !each.equals(known))
                        .map(PlacedMember::member)
                        .toList();
        List<String> remaining = others.stream().map(Member::peerAddress).toList();
        Set<String> heard = heard(others);
        return remaining.isEmpty() || ReplicationGroup.isMajority(heard, remaining)
                ? Optional.empty()
                : Optional.of(
                        Refusal.unavailable(
                                "of the voters that would remain, "
                                        + String.join(", ", remaining)
                                        + ", only "
                                        + heard.size()
                                        + " live: they could not elect a leader"));
    }

    private static Optional<Refusal> wrong(String message) {
        return Optional.of(Refusal.wrong(message));
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
            propose.accept(new Proposal(command, HybridTimestamp.ZERO, new Done(dutyInFlight)));
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
                                state.members(),
                                peers.accepted(),
                                state.featureLevel()));
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
        GroupChanges.next(view(group.get()))
                .ifPresent(
                        step -> {
                            if (step instanceof GroupChanges.Forget forget) {
                                proposeOwn(new Command.ForgetMember(forget.member()));
                            } else {
                                change(((GroupChanges.Change) step).next());
                            }
                        });
    }

    private GroupChanges.View view(ReplicationGroup group) {
        List<PlacedMember> members = placed();
        Set<String> heard = heard(members.stream().map(PlacedMember::member).toList());
        Set<String> caughtUp =
                heard.stream()
                        .filter(each -> peers.behindEntries(each) <= GroupChanges.CAUGHT_UP_ENTRIES)
                        .collect(Collectors.toSet());
        return new GroupChanges.View(members, group, heard, caughtUp);
    }

    private void change(ReplicationGroup next) {
        LOG.info("changing the group to voters {} and learners {}", next.voters(), next.learners());
        changing.set(true);
        try {
            peers.change(next, this::changed);
        } catch (RuntimeException e) {
            changed(Optional.of(String.valueOf(e.getMessage())));
        }
    }

    private void changed(Optional<String> failure) {
        failure.ifPresent(
                why -> {
                    LOG.warn("the group was not changed, trying again: {}", why);
                    retryAtNanos = options.monotonic().nanos() + RETRY_NANOS;
                });
        changing.set(false);
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
