package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.RaftGroupService;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.ElectionPriority;
import com.alipay.sofa.jraft.entity.NodeId;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.ApplyTaskMode;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.option.ReadOnlyOption;
import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.SessionId;
import dev.fencekv.server.command.PlacedMember;
import dev.fencekv.server.health.HandOver;
import dev.fencekv.server.health.HealthMonitor;
import dev.fencekv.server.health.PauseDetector;
import dev.fencekv.server.health.SyncTimes;
import dev.fencekv.server.replication.AppliedState;
import dev.fencekv.server.replication.Completion;
import dev.fencekv.server.replication.DataDirectory;
import dev.fencekv.server.replication.Leadership;
import dev.fencekv.server.replication.PhysicalClock;
import dev.fencekv.server.replication.Proposal;
import dev.fencekv.server.replication.ReadCompletion;
import dev.fencekv.server.replication.Refusal;
import dev.fencekv.server.replication.ReplicatedLog;
import dev.fencekv.server.replication.Replicator;
import dev.fencekv.server.replication.ReplicatorHealth;
import dev.fencekv.server.replication.ReplicatorOptions;
import dev.fencekv.server.replication.StampAdmission;
import dev.fencekv.server.replication.StartRefusedException;
import dev.fencekv.server.replication.jraft.transport.PeerNodeOptions;
import dev.fencekv.server.replication.jraft.transport.PeerTls;
import dev.fencekv.server.replication.jraft.transport.PeerTransport;
import dev.fencekv.server.replication.jraft.transport.PeerTransportOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node of a JRaft group over our own transport. Made by {@link #start}, closed once.
 *
 * <p>Safe from any thread.
 */
public final class JRaftReplicator implements Replicator {
    private static final Logger LOG = LoggerFactory.getLogger(JRaftReplicator.class);

    static final String GROUP = "fencekv";

    /** An election begins this much later at most, so that two rarely begin together. */
    private static final int ELECTION_DELAY_MS_MAX = 150;

    /** With more entries than this to apply a node is in no hurry to lead. */
    private static final int BEHIND_ENTRIES_MIN = 1_000;

    /** So many election timeouts a node that should not lead lets others stand first. */
    private static final int HELD_BACK_TIMEOUTS = 3;

    /** The election timeout grows with the leader's rhythm, up to this. */
    private static final int ELECTION_TIMEOUT_MS_MAX = 1_000;

    /** Of the longest timeout. */
    private static final int HEARTBEATS_PER_TIMEOUT = 25;

    /** A vote is given up after this part of the timeout... */
    private static final int VOTES_PER_TIMEOUT = 3;

    /** ...or so many round trips, if that is longer: it takes one... */
    private static final int ROUND_TRIPS_PER_VOTE = 2;

    /** ...and a sync on each side, after the timer was set. */
    private static final int SYNCS_PER_VOTE = 2;

    private static final int CONNECT_TIMEOUT_MS = 200;
    private static final int RPC_TIMEOUT_MS = 2_000;
    private static final int INSTALL_SNAPSHOT_TIMEOUT_MS = 300_000;

    private final ReplicatorOptions options;
    private final DataDirectory directory;
    private final EngineLog engine;
    private final SnapshotFolder snapshots;
    private final PeerTransport transport;
    private final SyncTimes syncTimes = new SyncTimes();
    private final HealthMonitor health;
    private final EngineGroup peers;
    private final ReplicatedLog log;
    private final RaftGroupService group;
    private final Node node;
    private final NodeId nodeId;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    task -> {
                        Thread thread = new Thread(task, "fencekv-timer");
                        thread.setDaemon(true);
                        return thread;
                    });

    private final long startedNanos = System.nanoTime();

    /** When what is applied here was last known to be up to date; the start, if it never was. */
    private volatile long heardOfLeaderNanos = System.nanoTime();

    /** Whether most of the log is yet to be applied, as the timer saw it last. */
    private volatile boolean behind;

    /** Whether the majority's clocks say so; written by the timer. */
    private volatile boolean clockIsWrong;

    /** To the farthest node that lives; written by the timer. */
    private volatile long roundTripMs;

    /** As the engine has it; written by the timer. */
    private volatile int timeoutInForceMs;

    private final ElectionTimers.Pace pace =
            new ElectionTimers.Pace() {
                @Override
                public long silenceMs() {
                    return leaderSilenceMs();
                }

                @Override
                public long voteMs() {
                    return Math.max(
                                    timeoutInForceMs / VOTES_PER_TIMEOUT,
                                    ROUND_TRIPS_PER_VOTE * roundTripMs)
                            + SYNCS_PER_VOTE
                                    * TimeUnit.MICROSECONDS.toMillis(health.syncP99Micros());
                }

                @Override
                public long quorumMs() {
                    return timeoutInForceMs / 2;
                }
            };

    private final AtomicBoolean snapshotRunning = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Without TLS. Throws {@link StartRefusedException} if this node must not start as asked. */
    public static JRaftReplicator start(ReplicatorOptions options) {
        return start(options, null);
    }

    /** As {@link #start(ReplicatorOptions)}; {@code tls} null: plaintext between the nodes. */
    public static JRaftReplicator start(ReplicatorOptions options, @Nullable PeerTls tls) {
        DataDirectory directory = DataDirectory.open(options.dataDir(), options.peerAddress());
        try {
            return new JRaftReplicator(options, directory, tls);
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    private JRaftReplicator(
            ReplicatorOptions options, DataDirectory directory, @Nullable PeerTls tls) {
        this.options = options;
        this.timeoutInForceMs = options.electionTimeoutMs();
        this.directory = directory;
        PeerId self = peerId(options.peerAddress());
        JoiningNodes joining = new JoiningNodes(options.monotonic());
        PeerJudge judge =
                new PeerJudge(
                        directory,
                        options.clientAddress(),
                        !options.bootstrap(),
                        joining,
                        this::onRefused,
                        this::onForeign);
        PeerTransportOptions plain = PeerTransportOptions.plaintext(self.getEndpoint(), judge);
        this.transport = new PeerTransport(tls == null ? plain : plain.withTls(tls));
        this.engine = new EngineLog(transport.entryLoop());
        this.snapshots = new SnapshotFolder(options.stores());
        this.health =
                new HealthMonitor(
                        options.peerAddress(),
                        directory.identity().addressesOr(options.peers()),
                        options.electionTimeoutMs(),
                        timeoutMsMax(options),
                        timeoutMsMax(options) / HEARTBEATS_PER_TIMEOUT,
                        options.wall(),
                        options.monotonic(),
                        syncTimes,
                        this::onPaused,
                        this::standing);
        this.peers =
                new EngineGroup(
                        options.peerAddress(),
                        () -> directory.identity().addressesOr(options.peers()),
                        transport,
                        health,
                        joining);
        this.log =
                new ReplicatedLog(
                        options,
                        directory,
                        engine,
                        engine,
                        peers,
                        this::onMembersChanged,
                        transport::tellDigest,
                        timer);
        transport.onDigests(log::onDigest);
        transport.listen(health);
        this.group = new RaftGroupService(GROUP, self, nodeOptions(), transport.server());
        this.nodeId = new NodeId(GROUP, self);
        ElectionTimers.keep(nodeId, pace);
        this.node = startNode();
        node.resetElectionTimeoutMs(timeoutInForceMs);
        engine.connect(node, log::appliedUpTo);
        peers.connect(node);
        health.begin();
        // An event loop that is only busy is no pause: this thread would still run.
        transport.everyOnLoops(health::beat, PauseDetector.BEAT_MS);
        timer.scheduleWithFixedDelay(
                health::beat, PauseDetector.BEAT_MS, PauseDetector.BEAT_MS, TimeUnit.MILLISECONDS);
        timer.scheduleWithFixedDelay(
                this::onTimer,
                Limits.TICK_INTERVAL_MS,
                Limits.TICK_INTERVAL_MS,
                TimeUnit.MILLISECONDS);
    }

    private static int timeoutMsMax(ReplicatorOptions options) {
        return Math.max(options.electionTimeoutMs(), ELECTION_TIMEOUT_MS_MAX);
    }

    /**
     * As the election timer is to see it. A node that has not applied most of its log, because it
     * has just restarted, could lead but not serve until it has; one whose clock is wrong would
     * hand the lead over again. Such a node lets the others stand first, for a few timeouts: it may
     * hold the only complete log.
     *
     * <p>HAZARD: the timer asks while it holds its own lock, and the engine restarts the timer
     * while it holds the node's. So nothing here may ask the node: once, an election stood still
     * for ever.
     */
    private long leaderSilenceMs() {
        long silence =
                TimeUnit.NANOSECONDS.toMillis(
                        transport.appendAgeNanos().orElse(System.nanoTime() - startedNanos));
        return behind || clockIsWrong ? silence - HELD_BACK_TIMEOUTS * timeoutInForceMs : silence;
    }

    private Node startNode() {
        try {
            Node started = group.start();
            if (started == null || !transport.server().isStarted()) {
                throw new IllegalStateException(
                        "cannot listen on the peer address " + options.peerAddress());
            }
            return started;
        } catch (StartRefusedException e) {
            close();
            throw e;
        } catch (RuntimeException e) {
            close();
            throw new StartRefusedException(
                    "cannot start the node in " + options.dataDir() + ": " + e.getMessage(), e);
        }
    }

    /** Every option that matters is written down, also where it equals the engine's default. */
    private NodeOptions nodeOptions() {
        EngineClosures.register();
        RaftOptions raft = new RaftOptions();
        raft.setSync(true);
        raft.setSyncMeta(true);
        // A CRC64 of 200 MB/s, three times an entry: the log and the frames have faster ones.
        raft.setEnableLogEntryChecksum(false);
        raft.setReadOnlyOptions(ReadOnlyOption.ReadOnlySafe);
        raft.setMaxElectionDelayMs(ELECTION_DELAY_MS_MAX);
        raft.setElectionHeartbeatFactor(HEARTBEATS_PER_TIMEOUT);
        raft.setStepDownWhenVoteTimedout(true);
        raft.setReplicatorPipeline(true);
        raft.setMaxReplicatorInflightMsgs(256);
        raft.setMaxEntriesSize(1024);
        raft.setMaxBodySize(512 * 1024);
        raft.setMaxAppendBufferSize(256 * 1024);
        raft.setMaxByteCountPerRpc(128 * 1024);
        raft.setApplyBatch(32);
        raft.setDisruptorBufferSize(4096);
        raft.setDisruptorPublishEventWaitTimeoutSecs(10);
        raft.setMaxLogsInMemoryBytes(256L * 1024 * 1024);
        raft.setOpenStatistics(false);

        NodeOptions node = new PeerNodeOptions(transport);
        node.setRaftOptions(raft);
        node.setServiceFactory(new EngineFiles(options.logSegmentBytes(), syncTimes, log::fail));
        node.setFsm(new EngineStateMachine(log, snapshots, directory.log()));
        node.setInitialConf(initialGroup());
        node.setLogUri(uri(directory.log()));
        node.setRaftMetaUri(uri(directory.meta()));
        node.setSnapshotUri(uri(directory.snapshot()));
        // By log size, not by time: see onTimer.
        node.setSnapshotIntervalSecs(0);
        node.setSnapshotLogIndexMargin(0);
        // HAZARD: the engine's heartbeats keep the rhythm, and wait for answers half of the
        // timeout,
        // that it was started with, whatever it is set to later. So it is started with the longest.
        node.setElectionTimeoutMs(timeoutMsMax(options));
        node.setElectionPriority(ElectionPriority.Disabled);
        node.setApplyTaskMode(ApplyTaskMode.NonBlocking);
        node.setDisableCli(true);
        node.setEnableMetrics(false);
        node.setTimerPoolSize(2);
        node.setRpcConnectTimeoutMs(CONNECT_TIMEOUT_MS);
        node.setRpcDefaultTimeout(RPC_TIMEOUT_MS);
        node.setRpcInstallSnapshotTimeout(INSTALL_SNAPSHOT_TIMEOUT_MS);
        node.setRpcProcessorThreadPoolSize(4);
        return node;
    }

    private static String uri(Path path) {
        return path.toAbsolutePath().toString();
    }

    /** Of an empty log. A node that is to join has none: it neither stands nor is asked to vote. */
    private Configuration initialGroup() {
        Configuration configuration = new Configuration();
        if (options.bootstrap()) {
            options.peers().forEach(peer -> configuration.addPeer(peerId(peer)));
        }
        return configuration;
    }

    static PeerId peerId(String address) {
        PeerId id = new PeerId();
        if (!id.parse(address)) {
            throw new StartRefusedException("not a peer address (want host:port): " + address);
        }
        return id;
    }

    private void onRefused(String byAddress, String reason) {
        log.onRefused(byAddress, reason);
    }

    private void onForeign(String address, String reason) {
        log.onForeign(address, reason);
    }

    private void onMembersChanged(List<PlacedMember> members) {
        health.members(
                members.stream().map(each -> each.member().peerAddress()).toList(),
                members.stream()
                        .filter(each -> each.wanted() == MemberRole.VOTER)
                        .map(each -> each.member().peerAddress())
                        .toList());
        try {
            timer.execute(transport::judgeAgain);
        } catch (RejectedExecutionException e) {
            // This node is stopping: its connections close anyway.
        }
    }

    private void onTimer() {
        try {
            log.onTimer();
            keepConnected();
            keepStanding();
            behind = node.getLastLogIndex() - node.getLastAppliedLogIndex() > BEHIND_ENTRIES_MIN;
            ageMs();
            transport.probe();
            follow(health.advice(node.getLastLogIndex(), peers::votes));
            if (log.wantsSnapshot() && snapshotRunning.compareAndSet(false, true)) {
                node.snapshot(this::snapshotDone);
            }
        } catch (Throwable e) {
            // What a scheduled task throws would end it for ever, silently.
            LOG.error("the timer's work failed", e);
        }
    }

    private void keepConnected() {
        for (String address : log.addresses()) {
            if (!address.equals(options.peerAddress())) {
                transport.keepConnected(peerId(address).getEndpoint());
            }
        }
    }

    private void keepStanding() {
        Leadership now = log.leadership();
        if (now.role() == NodeRole.FOLLOWER && !now.leaderPeer().isEmpty() && log.shallVote()) {
            ElectionTimerStart.ensure(node);
        }
    }

    private void follow(HealthMonitor.Advice advice) {
        if (advice.electionTimeoutMs() != timeoutInForceMs) {
            LOG.info(
                    "the election timeout is {} ms, was {}",
                    advice.electionTimeoutMs(),
                    timeoutInForceMs);
            timeoutInForceMs = advice.electionTimeoutMs();
            node.resetElectionTimeoutMs(timeoutInForceMs);
        }
        roundTripMs = advice.roundTripMs();
        boolean wrong = advice.clock() == ClockVerdict.OUTSIDE;
        if (wrong && !clockIsWrong) {
            LOG.warn("this node's wall clock is not where the majority's is; see kvcli clocks");
        } else if (!wrong && clockIsWrong) {
            LOG.info("this node's wall clock is no longer apart from the majority's");
        }
        clockIsWrong = wrong;
        advice.handOver().ifPresent(this::handOver);
    }

    private void handOver(HandOver.Decision decision) {
        LOG.warn("handing the lead over to {}: {}", decision.peer(), decision.reason());
        transferLeadership(decision.peer())
                .ifPresent(why -> LOG.warn("the lead was not handed over: {}", why.message()));
    }

    private HealthMonitor.Standing standing() {
        Leadership now = log.leadership();
        return new HealthMonitor.Standing(
                now.role() == NodeRole.LEADER, now.leaderPeer(), log.applied().index().get());
    }

    private void onPaused(long nanos) {
        log.onPaused();
        LOG.warn("this process did not run for {} ms", TimeUnit.NANOSECONDS.toMillis(nanos));
    }

    private void snapshotDone(Status status) {
        snapshotRunning.set(false);
        if (!status.isOk()) {
            LOG.warn("no snapshot: {}", status.getErrorMsg());
        }
    }

    @Override
    public void propose(Proposal proposal) {
        health.look();
        log.propose(proposal);
    }

    @Override
    public void renew(SessionId session, Completion completion) {
        health.look();
        log.renew(session, completion);
    }

    @Override
    public void readIndex(ReadCompletion completion) {
        log.readIndex(completion);
    }

    @Override
    public Leadership leadership() {
        return log.leadership();
    }

    @Override
    public AppliedState applied() {
        return log.applied();
    }

    @Override
    public StampAdmission admission() {
        return log.admission();
    }

    @Override
    public PhysicalClock physicalClock() {
        return log.physicalClock();
    }

    @Override
    public long ageMs() {
        Leadership now = leadership();
        if (now.role() == NodeRole.LEADER) {
            heardOfLeaderNanos = System.nanoTime();
            return 0;
        }
        transport
                .appendAgeNanos(now.leaderPeer())
                .ifPresent(age -> heardOfLeaderNanos = System.nanoTime() - age);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - heardOfLeaderNanos);
    }

    @Override
    public ReplicatorHealth health() {
        return new ReplicatorHealth(
                health.electionTimeoutMs(),
                health.clock(),
                health.syncP99Micros(),
                health.pauses(),
                health.longestPauseMs(),
                health.peers());
    }

    @Override
    public long nodeId() {
        return directory.identity().nodeId();
    }

    @Override
    public ClusterId cluster() {
        return directory.identity().cluster();
    }

    @Override
    public List<MemberInfo> members() {
        return log.members();
    }

    @Override
    public void placeMember(String member, MemberRole role, Completion completion) {
        health.look();
        log.placeMember(member, role, completion);
    }

    @Override
    public Optional<Refusal> transferLeadership(String member) {
        if (member.isEmpty()) {
            return transferTo(PeerId.ANY_PEER);
        }
        return log.peerAddress(member)
                .map(address -> transferTo(peerId(address)))
                .orElseGet(() -> Optional.of(Refusal.wrong("no member is reached at " + member)));
    }

    private Optional<Refusal> transferTo(PeerId peer) {
        Status status = node.transferLeadershipTo(peer);
        return status.isOk()
                ? Optional.empty()
                : Optional.of(Refusal.unavailable(status.getErrorMsg()));
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        timer.shutdown();
        log.stopping();
        try {
            group.shutdown();
            group.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("the engine did not stop cleanly", e);
        }
        ElectionTimers.forget(nodeId);
        transport.close();
        snapshots.close();
        log.close();
        directory.close();
    }
}
