package dev.fencekv.server.replication;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.SessionId;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.command.PlacedMember;
import dev.fencekv.server.state.KvStateMachine;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicated log without its engine: what a node does around proposing and applying, whatever
 * replicates the entries.
 *
 * <p>Assumptions: (1) the methods named {@code on...} are called by one thread in log order, the
 * apply thread, but for {@link #onTimer} and {@link #onRefused}; (2) the engine keeps the contract
 * of {@link EntryLog} and {@link ReadIndexSource}.
 *
 * <p>Guarantees: those of {@link Combiner}, {@link Ticker}, {@link UnsettledEntries}, {@link
 * ReadIndexSharing} and {@link AppliedState}; and (1) client commands are admitted only while this
 * node leads, has applied all earlier entries, and the cluster is formed; (2) after {@link #fail}
 * nothing is admitted, everyone who waits is answered, and the fatal listener was told once.
 */
public final class ReplicatedLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedLog.class);

    /** Apply waits for the snapshot's writer in such steps, and no longer per entry than this. */
    private static final long PAUSE_NANOS = 1_000_000;

    private static final int PAUSES_PER_ENTRY_MAX = 10_000;

    private final ReplicatorOptions options;
    private final DataDirectory directory;
    private final Consumer<List<PlacedMember>> membersChanged;

    private final AppliedState applied;
    private final PhysicalClock physical;
    private final StampAdmission admission;
    private final LeadershipView leadership;
    private final Ticker ticker;
    private final Combiner combiner;
    private final ReadIndexSharing reads;
    private final PauseGate gate;
    private final RefusedByPeers refusals;
    private final RefusedByPeers strangers;
    private final DigestComparison digests;
    private final DigestReport digestReport;
    private final NoLeaderAlarm noLeader;
    private final MembershipKeeper membership;
    private final MemberRequests memberRequests;

    private final AtomicBoolean failed = new AtomicBoolean();

    /** Written by the apply thread. */
    private volatile long entriesSinceSnapshot;

    /** Written by the apply thread. */
    private volatile long bytesSinceSnapshot;

    /** What this node shall be. Written by the apply thread. */
    private volatile MemberRole wantedHere = MemberRole.NONE;

    /** Owned by the timer's thread. */
    private boolean wallClockJumped;

    /** Why the others do not let this node in yet; for the log, once each. */
    private volatile String notYet = "";

    /** The term of the last applied entry. Owned by the apply thread. */
    private long appliedTerm;

    /**
     * @param peers what the engine and the peer channel know of the other nodes
     * @param membersChanged told by the apply thread of the members, when they have changed
     * @param digestReport tells the other nodes what this one's state adds up to
     * @param executor for what must not run where the engine holds locks
     */
    public ReplicatedLog(
            ReplicatorOptions options,
            DataDirectory directory,
            EntryLog log,
            ReadIndexSource readIndex,
            PeerView peers,
            Consumer<List<PlacedMember>> membersChanged,
            DigestReport digestReport,
            Executor executor) {
        this.options = options;
        this.directory = directory;
        this.membersChanged = membersChanged;
        this.applied = new AppliedState(new KvStateMachine(options.stores()));
        this.physical = new PhysicalClock(options.wall(), options.monotonic());
        this.admission = new StampAdmission(applied::lastStamp, physical);
        this.leadership =
                new LeadershipView(options.peerAddress(), options.listener()::onLeadershipChanged);
        this.ticker = new Ticker(applied::waitsForTime);
        this.combiner =
                new Combiner(
                        log,
                        ticker,
                        physical,
                        options.monotonic(),
                        this::entriesInFlightMax,
                        () -> leadership.get().leaderClient());
        this.reads = new ReadIndexSharing(confirming(readIndex), applied.index());
        this.gate = new PauseGate(confirming(readIndex), executor);
        this.refusals = new RefusedByPeers(() -> others(addresses()));
        this.strangers = new RefusedByPeers(() -> others(options.peers()));
        this.digests = new DigestComparison(options.peerAddress());
        this.digestReport = digestReport;
        this.noLeader = new NoLeaderAlarm(this::needs, options.monotonic().nanos());
        this.membership =
                new MembershipKeeper(options, directory, applied, peers, combiner::submit);
        this.memberRequests =
                new MemberRequests(
                        applied,
                        peers,
                        () -> directory.identity().nodeId(),
                        this::leadership,
                        this::propose);
        leadership.cluster(ClusterId.NONE, directory.identity().members(), false);
    }

    /** The peer addresses of all nodes: the members', or while there are none the configured. */
    public List<String> addresses() {
        return directory.identity().addressesOr(options.peers());
    }

    private List<String> others(List<String> all) {
        return all.stream().filter(each -> !each.equals(options.peerAddress())).toList();
    }

    /** Whether this node came with an empty directory to be added to a cluster. */
    private boolean isJoining() {
        return !options.bootstrap() && !directory.identity().isFormed();
    }

    private String needs() {
        return isJoining()
                ? "this node is let in: kvcli member add " + options.peerAddress()
                : "more than half of "
                        + String.join(", ", addresses())
                        + " run and reach each other";
    }

    /** How the other nodes are told of a digest. Must not block. */
    @FunctionalInterface
    public interface DigestReport {
        void tell(long index, long digest);
    }

    // ---- for those who want something appended, confirmed or read ----

    public void propose(Proposal proposal) {
        if (passesGate()) {
            admit(proposal);
        } else {
            holdBack(() -> admit(proposal), proposal::refuse);
        }
    }

    private boolean passesGate() {
        return gate.isOpen() || leadership().role() != NodeRole.LEADER;
    }

    private void holdBack(Runnable pass, Consumer<Refusal> refuse) {
        gate.hold(
                new PauseGate.Command() {
                    @Override
                    public void pass() {
                        pass.run();
                    }

                    @Override
                    public void refuse(Refusal refusal) {
                        refuse.accept(refusal);
                    }
                },
                options.monotonic().nanos());
    }

    private void admit(Proposal proposal) {
        Leadership now = leadership();
        if (now.ready()) {
            combiner.submit(proposal);
        } else {
            proposal.refuse(notReady(now));
        }
    }

    public void renew(SessionId session, Completion completion) {
        if (passesGate()) {
            admitRenewal(session, completion);
        } else {
            holdBack(() -> admitRenewal(session, completion), completion::refused);
        }
    }

    private void admitRenewal(SessionId session, Completion completion) {
        Leadership now = leadership();
        Term term = combiner.term();
        if (now.ready() && term != null) {
            ticker.renew(term, session, completion);
        } else {
            completion.refused(notReady(now));
        }
    }

    private static Refusal notReady(Leadership now) {
        return switch (now.role()) {
            case LEADER -> Refusal.unavailable("the cluster is not formed yet");
            case STOPPED -> Refusal.unavailable("this node is stopping");
            case FOLLOWER, CANDIDATE, LEARNER -> Refusal.notLeader(now.leaderClient());
        };
    }

    public void readIndex(ReadCompletion completion) {
        reads.read(completion);
    }

    /** An engine may answer by itself before it knows its own commit index; so nobody is asked. */
    private ReadIndexSource confirming(ReadIndexSource engine) {
        return completion -> {
            Leadership now = leadership();
            if (now.leaderPeer().isEmpty()) {
                completion.failed(Refusal.unavailable("no leader is known"));
            } else {
                engine.confirm(completion);
            }
        };
    }

    public Leadership leadership() {
        Leadership now = leadership.get();
        return failed.get() ? new Leadership(NodeRole.STOPPED, false, now.term(), "", "") : now;
    }

    public AppliedState applied() {
        return applied;
    }

    public StampAdmission admission() {
        return admission;
    }

    public PhysicalClock physicalClock() {
        return physical;
    }

    // ---- for the engine, in log order ----

    /**
     * An entry is committed. Whatever this throws has failed the node already; the engine takes the
     * entry back.
     *
     * @param ours the entry as we made it; null if it was proposed by another node, or forgotten
     * @param decoder gives the content if it is not ours
     */
    public void onEntry(
            long index,
            long term,
            @Nullable SealedEntry ours,
            Supplier<LogEntry> decoder,
            int entryBytes) {
        if (term > appliedTerm) {
            appliedTerm = term;
            combiner.unsettled().passed(term, Refusal.notLeader(leadership.get().leaderClient()));
        }
        LogEntry entry;
        try {
            entry = ours == null ? decoder.get() : ours.content();
        } catch (RuntimeException e) {
            throw applied.poison(index, 0, e);
        }
        AppliedEntry result = applied.apply(index, entry);
        reportDigest(index);
        if (ours != null) {
            ours.applied(result.outcomes());
        } else {
            combiner.unsettled().met(term, entry, result.outcomes());
        }
        if (!result.ended().isEmpty()) {
            tell(() -> options.listener().onWaitsEnded(result.ended()));
        }
        if (concernsMembers(entry)) {
            readMembers(index);
        }
        entriesSinceSnapshot++;
        bytesSinceSnapshot += entryBytes;
        pauseForSnapshot();
    }

    private void reportDigest(long index) {
        AppliedState.Digest digest = applied.digest();
        if (digest.index() == index) {
            digestReport.tell(index, digest.value());
            onDigest(options.peerAddress(), index, digest.value());
        }
    }

    /** The node at {@code address} says what its state adds up to. Safe from any thread. */
    public void onDigest(String address, long index, long digest) {
        List<String> members = addresses();
        if (!members.contains(address)) {
            return;
        }
        digests.reported(address, index, digest, members.size())
                .ifPresent(line -> fail(line, new IllegalStateException("diverged")));
    }

    /** What is applied is applied: what a listener throws must not take it back. */
    private static void tell(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            LOG.error("a listener failed", e);
        }
    }

    private static boolean concernsMembers(LogEntry entry) {
        for (Command command : entry.commands()) {
            switch (command.kind()) {
                case FORM_CLUSTER, BIND_MEMBER, PLACE_MEMBER, FORGET_MEMBER -> {
                    return true;
                }
                default -> {}
            }
        }
        return false;
    }

    /**
     * Lets apply wait for the snapshot's writer between entries, where reads go on, so that it need
     * not wait in the middle of the next one, where they cannot.
     */
    private void pauseForSnapshot() {
        for (int i = 0; i < PAUSES_PER_ENTRY_MAX; i++) {
            if (applied.setAsideBytes() <= options.snapshotSetAsideBytes() / 2) {
                return;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private int entriesInFlightMax() {
        return applied.setAsideBytes() > options.snapshotSetAsideBytes() / 4
                ? 1
                : Combiner.ENTRIES_IN_FLIGHT_MAX;
    }

    /**
     * Everything up to {@code index} is applied, entries included that the engine keeps to itself
     * and never shows. Safe from any thread.
     */
    public void appliedUpTo(long index) {
        applied.index().publish(index);
    }

    /** A snapshot takes the place of the state. */
    public void onSnapshotLoaded(KvStateMachine loaded, long index) {
        applied.replace(loaded, index);
        combiner.unsettled().stateReplaced();
        snapshotBegun();
        readMembers(index);
        tell(options.listener()::onStateReplaced);
    }

    /** All earlier entries are applied. */
    public void onLeaderStart(long term) {
        readMembers(applied.index().get());
        combiner.lead(term, applied.lastStamp());
        leadership.lead(term);
    }

    /** The leadership is over, or is being handed over; what is in the engine stays there. */
    public void onLeaderStop() {
        leadership.noLeader();
        combiner.stopLeading();
        gate.leadershipEnded(notReady(leadership.get()));
    }

    public void onFollowing(String leaderPeer, long term) {
        leadership.follow(leaderPeer, term);
    }

    public void onLeaderLost() {
        leadership.noLeader();
    }

    /** A walk of the present state begins. */
    public AppliedState.Walk onSnapshotBegin() {
        AppliedState.Walk walk = applied.beginWalk(options.snapshotSetAsideBytes());
        snapshotBegun();
        return walk;
    }

    private void snapshotBegun() {
        entriesSinceSnapshot = 0;
        bytesSinceSnapshot = 0;
    }

    /** {@code index}: everything up to there is in the state. */
    private void readMembers(long index) {
        ClusterId cluster = applied.read(KvStateMachine::cluster);
        if (cluster.isNone()) {
            return;
        }
        List<PlacedMember> placed = applied.read(KvStateMachine::placedMembers);
        List<Member> members = placed.stream().map(PlacedMember::member).toList();
        NodeIdentity identity = directory.identity();
        if (identity.isFormed() && !identity.cluster().equals(cluster)) {
            fail(
                    "this directory belongs to cluster "
                            + identity.cluster()
                            + " but its log to "
                            + cluster,
                    new IllegalStateException("foreign log"));
            return;
        }
        boolean isNews;
        try {
            isNews = directory.remember(cluster, index, members);
        } catch (IOException e) {
            fail("cannot write the node's identity: " + FileFailure.of(e), e);
            return;
        }
        wantedHere = wantedHere(placed, identity.nodeId());
        leadership.cluster(
                cluster, directory.identity().members(), wantedHere == MemberRole.LEARNER);
        if (isNews) {
            membersChanged.accept(placed);
        }
    }

    private static MemberRole wantedHere(List<PlacedMember> placed, long nodeId) {
        return placed.stream()
                .filter(each -> each.member().nodeId() == nodeId)
                .map(PlacedMember::wanted)
                .findFirst()
                .orElse(MemberRole.NONE);
    }

    // ---- from other threads ----

    /** Whether this node shall vote, as far as it has applied. */
    public boolean shallVote() {
        return wantedHere == MemberRole.VOTER;
    }

    public List<MemberInfo> members() {
        return memberRequests.list();
    }

    public void placeMember(String node, MemberRole role, Completion completion) {
        memberRequests.place(node, role, completion);
    }

    /** The peer address of the member that nodes or clients reach at {@code node}. */
    public Optional<String> peerAddress(String node) {
        return memberRequests.peerAddress(node);
    }

    /**
     * This process did not run for a while: if it leads, nothing is proposed until that is
     * confirmed.
     */
    public void onPaused() {
        if (leadership().role() == NodeRole.LEADER) {
            gate.paused();
        }
    }

    /** Whether it is time for a snapshot. */
    public boolean wantsSnapshot() {
        return entriesSinceSnapshot >= options.snapshotEntries()
                || bytesSinceSnapshot >= options.snapshotBytes();
    }

    /** To be called about every 100 ms by one thread: ticks, deadlines, duties. */
    public void onTimer() {
        combiner.expire();
        gate.expire(options.monotonic().nanos());
        watchWallClock();
        boolean led = !leadership().leaderPeer().isEmpty();
        noLeader.look(led, options.monotonic().nanos()).ifPresent(LOG::warn);
        if (leadership().role() == NodeRole.LEADER) {
            membership.look();
        }
    }

    /** Nothing depends on the wall clock; but an operator should know that it is wrong. */
    private void watchWallClock() {
        long offsetMs = physical.wallOffsetMs();
        boolean jumped = Math.abs(offsetMs) > Limits.CLOCK_OFFSET_MS_MAX;
        if (jumped == wallClockJumped) {
            return;
        }
        wallClockJumped = jumped;
        if (jumped) {
            LOG.warn(
                    "the wall clock has jumped by {} ms: not followed; stamps go on as before",
                    offsetMs);
        } else {
            LOG.info("the wall clock is back within {} ms", Limits.CLOCK_OFFSET_MS_MAX);
        }
    }

    /** Another node has refused us. */
    public void onRefused(String byAddress, String reason) {
        LOG.debug("refused by {}: {}", byAddress, reason);
        if (isJoining()) {
            tellNotYet(reason);
            return;
        }
        if (directory.identity().isFormed() && !leadership().leaderPeer().isEmpty()) {
            // The cluster goes on with this node: whoever refuses it has not applied yet that it
            // belongs to it.
            return;
        }
        refusals.refused(
                        directory.identity().isFormed(),
                        byAddress,
                        reason,
                        options.monotonic().nanos())
                .ifPresent(line -> fail(line, new StartRefusedException(line)));
    }

    /** It need not stop: it has promised nothing to anybody, and may be let in later. */
    private void tellNotYet(String why) {
        if (!why.equals(notYet)) {
            notYet = why;
            LOG.info(
                    "waiting to be let in, by kvcli member add {}: {}", options.peerAddress(), why);
        }
    }

    /** This node has refused another one, which is of another cluster. */
    public void onForeign(String address, String reason) {
        strangers
                .refusing(address, reason, options.monotonic().nanos())
                .ifPresent(line -> fail(line, new StartRefusedException(line)));
    }

    /** This node must stop. Only the first call is told. */
    public void fail(String line, Throwable cause) {
        if (failed.compareAndSet(false, true)) {
            combiner.stopLeading();
            combiner.unsettled().giveUp();
            options.fatal().onFatal(line, cause);
        }
    }

    /** The node is about to stop: nothing is admitted any more, a snapshot is given up. */
    public void stopping() {
        failed.set(true);
        combiner.stopLeading();
        gate.leadershipEnded(Refusal.unavailable("this node is stopping"));
        applied.abandonWalk();
    }

    /** After the engine has stopped. */
    @Override
    public void close() {
        stopping();
        combiner.unsettled().giveUp();
        applied.close();
    }
}
