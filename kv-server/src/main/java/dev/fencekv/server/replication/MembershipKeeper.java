package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a leader does about the nodes themselves: forms the cluster, and brings the replicated group
 * to what the members shall be, one change at a time. What is wanted lies in the replicated state,
 * so the next leader goes on where this one was stopped.
 *
 * <p>Owned by one thread; what the engine calls back may come from any.
 */
final class MembershipKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(MembershipKeeper.class);

    private static final long RETRY_NANOS = 1_000_000_000;

    private final ReplicatorOptions options;
    private final DataDirectory directory;
    private final AppliedState applied;
    private final PeerView peers;
    private final Consumer<Proposal> submit;
    private final SecureRandom random = new SecureRandom();

    /** Whether a command of our own is on its way through the log. */
    private final AtomicBoolean dutyInFlight = new AtomicBoolean();

    /** Whether the engine works on a change. */
    private final AtomicBoolean changing = new AtomicBoolean();

    /** When a change that failed may be tried again, as the monotonic clock has it. */
    private volatile long retryAtNanos;

    private volatile GroupChanges.@Nullable Step lastFailed;

    /** Who has to come before the cluster can be formed. */
    private List<String> missing = List.of();

    /**
     * @param submit what this node asks by itself, also while it is not ready for clients' commands
     */
    MembershipKeeper(
            ReplicatorOptions options,
            DataDirectory directory,
            AppliedState applied,
            PeerView peers,
            Consumer<Proposal> submit) {
        this.options = options;
        this.directory = directory;
        this.applied = applied;
        this.peers = peers;
        this.submit = submit;
        this.retryAtNanos = options.monotonic().nanos();
    }

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
        List<PlacedMember> members = applied.read(KvStateMachine::placedMembers);
        Set<String> heard =
                peers.heard(
                        members.stream().map(PlacedMember::member).toList(),
                        directory.identity().nodeId());
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
