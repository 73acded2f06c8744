package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.replication.RecordedCompletion.Fate;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.WaitEnded;
import dev.fencekv.server.store.HeapKvStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node with a fake engine: the test is the engine's apply thread. */
class ReplicatedLogTest implements AppliedListener {
    private static final String SELF = "127.0.0.1:7401";
    private static final String OTHER = "127.0.0.1:7411";

    @TempDir Path home;

    private final ManualTime time = new ManualTime();
    private final FakeLog engine = new FakeLog();
    private final List<ReadCompletion> confirmations = new ArrayList<>();
    private final FakePeers peers = new FakePeers(SELF, fresh(99));
    private final List<String> fatal = new ArrayList<>();
    private final List<Leadership> leaderships = new ArrayList<>();
    private DataDirectory directory;
    private ReplicatedLog log;
    private long index;

    @BeforeEach
    void start() {
        directory = DataDirectory.open(home, SELF);
        log = newLog();
    }

    private ReplicatedLog newLog() {
        return new ReplicatedLog(
                ReplicatorOptions.of(
                                home,
                                SELF,
                                List.of(SELF, OTHER),
                                "self:7400",
                                true,
                                HeapKvStore::open,
                                (line, cause) -> fatal.add(line),
                                this)
                        .withClocks(time, time),
                directory,
                engine,
                confirmations::add,
                peers,
                members -> {},
                (index, digest) -> {},
                Runnable::run);
    }

    @AfterEach
    void stop() {
        log.close();
        directory.close();
    }

    @Override
    public void onWaitsEnded(List<WaitEnded> ended) {}

    @Override
    public void onStateReplaced() {}

    @Override
    public void onLeadershipChanged(Leadership leadership) {
        leaderships.add(leadership);
    }

    /** A node at the other address that belongs to no cluster. */
    private static SeenPeer fresh(long nodeId) {
        return new SeenPeer(ClusterId.NONE, new Member(nodeId, OTHER, "old:7400"), 1);
    }

    private static Command put(String key) {
        return new Command.Put(
                RequestId.NONE, List.of(), Key.of(key), Value.EMPTY, Command.ANY_REVISION, false);
    }

    private RecordedCompletion propose(Command command) {
        RecordedCompletion completion = new RecordedCompletion();
        log.propose(new Proposal(command, HybridTimestamp.ZERO, completion));
        return completion;
    }

    /** Commits the engine's entry {@code i} with its closure. */
    private void commit(int i) {
        SealedEntry entry = engine.entry(i);
        log.onEntry(++index, entry.expectedTerm(), entry, entry::content, entry.bytes().length);
    }

    private void commitForeign(long term, @Nullable LogEntry entry) {
        log.onEntry(++index, term, null, () -> entry, 100);
    }

    private void formAndLead() {
        log.onLeaderStart(2);
        log.onTimer();
        commit(0);
        assertThat(log.leadership().ready()).isTrue();
    }

    @Test
    void commandsAreAdmittedOnlyOnceTheClusterIsFormed() {
        assertThat(propose(put("a")).await().refusal().status()).isEqualTo(Status.NOT_LEADER);
        log.onLeaderStart(2);
        assertThat(log.leadership().role()).isEqualTo(NodeRole.LEADER);
        assertThat(log.leadership().ready()).isFalse();
        assertThat(propose(put("a")).await().refusal().status()).isEqualTo(Status.UNAVAILABLE);
        log.onTimer();
        assertThat(engine.commands(0)).hasSize(1);
        assertThat(engine.commands(0).get(0)).isInstanceOf(Command.FormCluster.class);
        commit(0);
        assertThat(log.leadership().ready()).isTrue();
        assertThat(log.leadership().leaderClient()).isEqualTo("self:7400");
        assertThat(directory.identity().isFormed()).isTrue();
        assertThat(directory.identity().members()).hasSize(2);
        RecordedCompletion put = propose(put("a"));
        commit(1);
        assertThat(put.now()).isEqualTo(Fate.APPLIED);
        assertThat(leaderships).extracting(Leadership::ready).containsExactly(false, true);
    }

    @Test
    void noClusterIsFormedWhileAPeerIsMissing() {
        peers.seen.clear();
        log.onLeaderStart(2);
        log.onTimer();
        assertThat(engine.size()).isZero();
        peers.seen.add(new SeenPeer(new ClusterId(7, 7), new Member(99, OTHER, "old:7400"), 1));
        log.onTimer();
        assertThat(engine.size()).isZero();
        peers.seen.set(0, fresh(100));
        log.onTimer();
        assertThat(engine.commands(0).get(0)).isInstanceOf(Command.FormCluster.class);
    }

    @Test
    void aFollowerRefusesWithTheLeadersClientAddress() {
        formAndLead();
        log.onLeaderStop();
        log.onFollowing(OTHER, 3);
        commitForeign(
                3,
                new LogEntry(
                        HybridTimestamp.ofMillis(ManualTime.START_MS + 9),
                        List.of(new Command.BindMember(new Member(99, OTHER, "other:7400")))));
        Refusal refusal = propose(put("a")).await().refusal();
        assertThat(refusal.status()).isEqualTo(Status.NOT_LEADER);
        assertThat(refusal.leader()).isEqualTo("other:7400");
        RecordedCompletion renewal = new RecordedCompletion();
        log.renew(new SessionId(1), renewal);
        assertThat(renewal.await().refusal().leader()).isEqualTo("other:7400");
    }

    @Test
    void aNewLeadersStampsStartFromTheLastAppliedOne() {
        formAndLead();
        HybridTimestamp future = HybridTimestamp.ofMillis(ManualTime.START_MS + 3_600_000);
        log.onLeaderStop();
        log.onFollowing(OTHER, 3);
        commitForeign(3, new LogEntry(future, List.of(put("a"))));
        log.onLeaderStart(4);
        propose(put("b"));
        assertThat(engine.entry(1).content().proposed().isAfter(future)).isTrue();
    }

    @Test
    void whatApplyMeetsAfterTheLeadershipIsAnsweredTruly() {
        formAndLead();
        RecordedCompletion met = propose(put("met"));
        time.passMs(5); // In an entry of its own.
        RecordedCompletion gone = propose(put("gone"));
        log.onLeaderStop();
        log.onFollowing(OTHER, 3);
        commitForeign(2, engine.entry(1).content());
        assertThat(met.now()).isEqualTo(Fate.APPLIED);
        assertThat(gone.now()).isNull();
        commitForeign(
                3,
                new LogEntry(HybridTimestamp.ofMillis(ManualTime.START_MS + 1), List.of(put("x"))));
        assertThat(gone.now()).isEqualTo(Fate.REFUSED);
        engine.entry(2).lost();
        engine.entry(1).lost();
        assertThat(gone.calls).hasValue(1);
        assertThat(met.calls).hasValue(1);
    }

    @Test
    void anEntryThatCannotBeAppliedStopsTheNode() {
        formAndLead();
        RecordedCompletion waiting = propose(put("a"));
        LogEntry fromTheFuture =
                new LogEntry(
                        HybridTimestamp.ofMillis(ManualTime.START_MS),
                        List.of(new Command.RaiseLevel(99)));
        assertThatThrownBy(() -> commitForeign(2, fromTheFuture))
                .isInstanceOf(PoisonedException.class)
                .hasMessageContaining("feature level");
        log.fail("stopped", new IllegalStateException());
        log.fail("again", new IllegalStateException());
        assertThat(fatal).containsExactly("stopped");
        assertThat(waiting.now()).isEqualTo(Fate.UNKNOWN);
        assertThat(log.leadership().role()).isEqualTo(NodeRole.STOPPED);
        assertThat(propose(put("b")).now()).isEqualTo(Fate.REFUSED);
        assertThatThrownBy(() -> log.applied().read(state -> state.revision()))
                .isInstanceOf(PoisonedException.class);
    }

    @Test
    void aLogOfAnotherClusterStopsTheNode() {
        formAndLead();
        log.close();
        log = newLog();
        Member member = new Member(5, OTHER, "other:7400");
        log.onEntry(
                1,
                7,
                null,
                () ->
                        new LogEntry(
                                HybridTimestamp.ofMillis(ManualTime.START_MS),
                                List.of(
                                        new Command.FormCluster(
                                                new ClusterId(7, 7), List.of(member), 1))),
                100);
        assertThat(fatal).hasSize(1);
        assertThat(fatal.get(0)).contains("belongs to cluster");
    }

    private static final String NEW = "127.0.0.1:7421";

    /** Raises the level that lets members be changed. */
    private void formAndRaise() {
        peers.seen.set(0, capable(99, OTHER));
        peers.group = new ReplicationGroup(List.of(SELF, OTHER), List.of());
        formAndLead();
        log.onTimer();
        commit(1);
        assertThat(log.members()).hasSize(2).allMatch(MemberInfo::isSettled);
    }

    private static SeenPeer capable(long nodeId, String address) {
        return new SeenPeer(
                ClusterId.NONE,
                new Member(nodeId, address, "client-" + address),
                KvStateMachine.FEATURE_LEVEL_MAX);
    }

    /** It asks to join, and will be met once it is a member. */
    private void letIn(SeenPeer peer) {
        peers.joining.put(peer.member().peerAddress(), peer);
        peers.seen.add(peer);
    }

    private RecordedCompletion place(String node, MemberRole role) {
        RecordedCompletion completion = new RecordedCompletion();
        log.placeMember(node, role, completion);
        return completion;
    }

    @Test
    void aNewNodeIsLetInStepByStepAndLeavesAgain() {
        formAndRaise();
        assertThat(place(NEW, MemberRole.VOTER).await().refusal().message())
                .contains("no new node has asked to join from " + NEW);
        letIn(capable(5, NEW));
        peers.behind.put(NEW, 1_000_000L);
        RecordedCompletion added = place(NEW, MemberRole.VOTER);
        commit(2);
        assertThat(added.outcome().status()).isEqualTo(Status.OK);
        log.onTimer();
        log.onTimer();
        assertThat(peers.changes)
                .containsExactly(new ReplicationGroup(List.of(SELF, OTHER), List.of(NEW)));
        peers.committed();
        log.onTimer();
        assertThat(log.members().get(2).actual()).isEqualTo(MemberRole.LEARNER);
        peers.behind.put(NEW, 3L);
        log.onTimer();
        peers.committed();
        log.onTimer();
        peers.committed();
        assertThat(log.members().get(2).isSettled()).isTrue();
        place("client-" + NEW, MemberRole.NONE);
        commit(3);
        log.onTimer();
        peers.committed();
        log.onTimer();
        commit(4);
        assertThat(log.members()).hasSize(2);
        assertThat(peers.group).isEqualTo(new ReplicationGroup(List.of(SELF, OTHER), List.of()));
    }

    @Test
    void aChangeThatFailedIsTriedAgainAfterAWhile() {
        formAndRaise();
        letIn(capable(5, NEW));
        place(NEW, MemberRole.LEARNER);
        commit(2);
        log.onTimer();
        peers.failed("busy");
        log.onTimer();
        assertThat(peers.changes).hasSize(1);
        time.passMs(1_001);
        log.onTimer();
        assertThat(peers.changes).hasSize(2);
    }

    @Test
    void aVoterIsNotLetGoIfTheOthersCouldNotElectALeader() {
        formAndRaise();
        peers.silent.add(SELF);
        assertThat(place(OTHER, MemberRole.NONE).await().refusal().status())
                .isEqualTo(Status.UNAVAILABLE);
    }

    @Test
    void aNodeThatLostItsDataIsNotTakenForTheOneThatItWas() {
        formAndRaise();
        peers.joining.put(OTHER, capable(100, OTHER));
        Refusal refusal = place(OTHER, MemberRole.VOTER).await().refusal();
        assertThat(refusal.status()).isEqualTo(Status.INVALID_ARGUMENT);
        assertThat(refusal.message()).contains("lost its data", "kvcli member remove " + OTHER);
    }

    @Test
    void nobodyIsAddedBeforeAllMembersCanDoIt() {
        formAndLead();
        peers.joining.put(NEW, capable(5, NEW));
        assertThat(place(NEW, MemberRole.VOTER).await().refusal().message())
                .contains("release that can do this");
    }

    @Test
    void anOldReleaseIsNotLetIn() {
        formAndRaise();
        peers.joining.put(
                NEW, new SeenPeer(ClusterId.NONE, new Member(5, NEW, "client-" + NEW), 1));
        assertThat(place(NEW, MemberRole.VOTER).await().refusal().message()).contains("too old");
    }

    @Test
    void whatStrangersSayOfTheirStateStopsNobody() {
        log.onDigest(SELF, 4096, 1);
        log.onDigest("x:1", 4096, 2);
        log.onDigest("y:1", 4096, 2);
        assertThat(fatal).isEmpty();
    }

    @Test
    void aReadNeedsALeaderThatIsKnown() {
        AtomicReference<Refusal> refused = new AtomicReference<>();
        log.readIndex(
                new ReadCompletion() {
                    @Override
                    public void ready(long readIndex) {}

                    @Override
                    public void failed(Refusal refusal) {
                        refused.set(refusal);
                    }
                });
        assertThat(refused.get().status()).isEqualTo(Status.UNAVAILABLE);
        assertThat(confirmations).isEmpty();
    }

    @Test
    void aReadWaitsForEntriesThatTheEngineKeepsToItselfToo() {
        formAndLead();
        AtomicReference<Long> ready = new AtomicReference<>();
        log.readIndex(
                new ReadCompletion() {
                    @Override
                    public void ready(long readIndex) {
                        ready.set(readIndex);
                    }

                    @Override
                    public void failed(Refusal refusal) {}
                });
        confirmations.get(0).ready(index + 1);
        assertThat(ready.get()).isNull();
        log.appliedUpTo(index + 1);
        assertThat(ready.get()).isEqualTo(index + 1);
    }

    @Test
    void aSnapshotIsWantedByEntriesOrBytesSinceTheLastOne() {
        formAndLead();
        assertThat(log.wantsSnapshot()).isFalse();
        log.onEntry(
                ++index,
                2,
                null,
                () ->
                        new LogEntry(
                                HybridTimestamp.ofMillis(ManualTime.START_MS), List.of(put("a"))),
                (int) ReplicatorOptions.SNAPSHOT_BYTES);
        assertThat(log.wantsSnapshot()).isTrue();
        log.onSnapshotBegin().close();
        assertThat(log.wantsSnapshot()).isFalse();
    }
}
