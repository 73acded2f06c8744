package dev.fencekv.server.replication.jraft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.server.FreePorts;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.replication.Leadership;
import dev.fencekv.server.replication.RecordedCompletion;
import dev.fencekv.server.replication.RecordedCompletion.Fate;
import dev.fencekv.server.state.KvStateMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three real nodes in one process, over the real transport and real disks. */
@Timeout(120)
class ThreeNodesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir Path home;

    private List<String> peers = FreePorts.addresses(3);
    private final Replica[] nodes = new Replica[3];

    @BeforeAll
    static void lookOften() {
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(Duration.ofMillis(5));
    }

    @AfterAll
    static void lookAsUsual() {
        Awaitility.reset();
    }

    @BeforeEach
    void startAll() {
        for (int i = 0; i < 3; i++) {
            nodes[i] = start(i);
        }
    }

    @AfterEach
    void stopAll() {
        for (int i = 0; i < 3; i++) {
            stop(i);
        }
    }

    private Replica start(int i) {
        return new Replica(home.resolve("n" + i), peers.get(i), peers, true);
    }

    private void stop(int i) {
        if (nodes[i] != null) {
            nodes[i].close();
            nodes[i] = null;
        }
    }

    private List<Replica> running() {
        List<Replica> running = new ArrayList<>();
        for (Replica node : nodes) {
            if (node != null) {
                running.add(node);
            }
        }
        return running;
    }

    private int leaderIndex() {
        await().atMost(PATIENCE).until(() -> running().stream().anyMatch(Replica::isReady));
        for (int i = 0; i < 3; i++) {
            if (nodes[i] != null && nodes[i].isReady()) {
                return i;
            }
        }
        return leaderIndex();
    }

    private Replica leader() {
        return nodes[leaderIndex()];
    }

    private int follower() {
        return (leaderIndex() + 1) % 3;
    }

    /** Puts through whoever leads, again until it is acknowledged. */
    private void putDurably(String key, String value) {
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            RecordedCompletion.Result result = leader().put(key, value).await();
                            return result.fate() == Fate.APPLIED
                                    && result.outcome().status() == Status.OK;
                        });
    }

    /** As {@link #putDurably}, on the side of the cluster that {@code node} is on. */
    private void putDurablyOn(int node, String key, String value) {
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            for (Replica other : running()) {
                                boolean sameSide =
                                        other.replicator
                                                .cluster()
                                                .equals(nodes[node].replicator.cluster());
                                if (sameSide && other.isReady()) {
                                    return other.put(key, value).await().fate() == Fate.APPLIED;
                                }
                            }
                            return false;
                        });
    }

    /** Reads linearizably, again until it can be served. */
    private String read(Replica node, String key) {
        String[] value = new String[1];
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            try {
                                value[0] = node.tryRead(key).join();
                                return true;
                            } catch (RuntimeException e) {
                                return false;
                            }
                        });
        return value[0];
    }

    private void awaitEqualDigests() {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(running().stream().map(Replica::digest).distinct())
                                        .hasSize(1));
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Until each node has written down its cluster, which follows the apply. */
    private void awaitAllBound() {
        await().atMost(PATIENCE)
                .until(
                        () ->
                                running().stream()
                                        .noneMatch(node -> node.replicator.cluster().isNone()));
    }

    @Test
    void anAcknowledgedPutIsReadFromEveryNode() {
        for (int i = 0; i < 20; i++) {
            putDurably("k", "v" + i);
            for (Replica node : nodes) {
                assertThat(read(node, "k")).isEqualTo("v" + i);
            }
        }
        awaitEqualDigests();
    }

    @Test
    void everyNodeKnowsTheMembersAndWhereClientsReachTheLeader() {
        Replica leader = leader();
        awaitAllBound();
        String expected = leader.replicator.leadership().leaderClient();
        assertThat(expected).startsWith("client-of-");
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            for (Replica node : nodes) {
                                Leadership seen = node.replicator.leadership();
                                assertThat(seen.leaderClient()).isEqualTo(expected);
                                assertThat(node.replicator.cluster())
                                        .isEqualTo(leader.replicator.cluster());
                            }
                        });
    }

    @Test
    void aFollowerProposesNothingAndNamesTheLeader() {
        putDurably("a", "1");
        Replica follower = nodes[follower()];
        assertThat(read(follower, "a")).isEqualTo("1");
        RecordedCompletion.Result result = follower.put("a", "2").await();
        assertThat(result.fate()).isEqualTo(Fate.REFUSED);
        assertThat(result.refusal().status()).isEqualTo(Status.NOT_LEADER);
        assertThat(result.refusal().leader())
                .isEqualTo(leader().replicator.leadership().leaderClient());
        assertThat(read(leader(), "a")).isEqualTo("1");
    }

    @Test
    void whatWasAcknowledgedSurvivesTheLeader() {
        putDurably("a", "1");
        int old = leaderIndex();
        stop(old);
        putDurably("b", "2");
        for (Replica node : running()) {
            assertThat(read(node, "a")).isEqualTo("1");
            assertThat(read(node, "b")).isEqualTo("2");
        }
        nodes[old] = start(old);
        assertThat(read(nodes[old], "b")).isEqualTo("2");
        awaitEqualDigests();
    }

    @Test
    void everyPutInFlightWhenTheLeaderStopsIsAnsweredOnceAndTruly() {
        int old = leaderIndex();
        List<RecordedCompletion> puts = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            puts.add(nodes[old].put("k" + i, "v"));
        }
        stop(old);
        for (int i = 0; i < 500; i++) {
            RecordedCompletion.Result result = puts.get(i).await();
            String now = read(leader(), "k" + i);
            if (result.fate() == Fate.APPLIED) {
                assertThat(now).as("acknowledged k" + i).isEqualTo("v");
            } else if (result.fate() == Fate.REFUSED) {
                assertThat(now).as("refused k" + i).isEqualTo("-");
            }
            assertThat(puts.get(i).calls).hasValue(1);
        }
    }

    @Test
    void aHandOverLosesNothingAndAnswersEverything() {
        putDurably("a", "1");
        awaitAllBound();
        Replica old = leader();
        List<RecordedCompletion> puts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            puts.add(old.put("k" + i, "v"));
        }
        assertThat(old.replicator.transferLeadership("")).isEmpty();
        for (int i = 200; i < 400; i++) {
            puts.add(old.put("k" + i, "v"));
        }
        putDurably("after", "1");
        for (int i = 0; i < 400; i++) {
            RecordedCompletion.Result result = puts.get(i).await();
            String now = read(leader(), "k" + i);
            assertThat(now).as("k" + i).isEqualTo(result.fate() == Fate.APPLIED ? "v" : "-");
        }
        assertThat(read(leader(), "a")).isEqualTo("1");
    }

    @Test
    void withoutAMajorityNothingIsAcknowledgedNorRead() {
        putDurably("a", "1");
        int leader = leaderIndex();
        stop((leader + 1) % 3);
        stop((leader + 2) % 3);
        RecordedCompletion put = nodes[leader].put("a", "2");
        RecordedCompletion.Result result = put.await();
        assertThat(result.fate()).isNotEqualTo(Fate.APPLIED);
        await().atMost(PATIENCE)
                .until(() -> nodes[leader].replicator.leadership().role() != NodeRole.LEADER);
        assertThat(nodes[leader].tryRead("a")).failsWithin(PATIENCE);
    }

    @Test
    void aFollowerThatFellBehindTheLogGetsASnapshot() throws IOException {
        stopAll();
        // A snapshot every few entries, so that the log behind it is gone.
        for (int i = 0; i < 3; i++) {
            nodes[i] = new Replica(home.resolve("n" + i), peers.get(i), peers, true, 5);
        }
        putDurably("a", "1");
        awaitAllBound();
        int behind = follower();
        stop(behind);
        String value = "x".repeat(10_000);
        for (int i = 0; i < 60; i++) {
            putDurably("k" + i % 7, value + i);
        }
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            putDurably("more", "1");
                            return snapshotsOf(leaderIndex()) > 0
                                    && firstIndexOfNewestSnapshot(leaderIndex()) > 60;
                        });
        nodes[behind] = new Replica(home.resolve("n" + behind), peers.get(behind), peers, false, 5);
        assertThat(read(nodes[behind], "k3")).isEqualTo(read(leader(), "k3"));
        await().atMost(PATIENCE).until(() -> nodes[behind].statesReplaced.get() > 0);
        awaitEqualDigests();
        // And again from its own disk.
        stop(behind);
        putDurably("last", "1");
        nodes[behind] = new Replica(home.resolve("n" + behind), peers.get(behind), peers, false, 5);
        assertThat(read(nodes[behind], "last")).isEqualTo("1");
        awaitEqualDigests();
        assertThat(nodes[behind].fatal).isEmpty();
    }

    private long snapshotsOf(int node) throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("n" + node).resolve("snapshot"))) {
            return files.filter(path -> path.getFileName().toString().startsWith("snapshot_"))
                    .count();
        }
    }

    private long firstIndexOfNewestSnapshot(int node) throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("n" + node).resolve("snapshot"))) {
            return files.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith("snapshot_"))
                    .mapToLong(name -> Long.parseLong(name.substring("snapshot_".length())))
                    .max()
                    .orElse(0);
        }
    }

    @Test
    void aNodeThatLostItsDiskIsRefusedUnderItsOldAddress() throws IOException {
        putDurably("a", "1");
        awaitAllBound();
        int lost = follower();
        stop(lost);
        delete(home.resolve("n" + lost));
        nodes[lost] = start(lost);
        await().atMost(PATIENCE).until(() -> !nodes[lost].fatal.isEmpty());
        assertThat(nodes[lost].fatal).hasSize(1);
        assertThat(nodes[lost].fatal.get(0)).contains("has lost its data");
        assertThat(nodes[lost].replicator.leadership().role()).isEqualTo(NodeRole.STOPPED);
        putDurably("b", "2");
        assertThat(nodes[lost].local("a")).isEqualTo("-");
    }

    @Test
    void nodesThatLostTheirDisksFormNoClusterInPlaceOfTheOldOne() throws IOException {
        putDurably("a", "1");
        awaitAllBound();
        ClusterId old = nodes[0].replicator.cluster();
        stopAll();
        for (int lost = 0; lost < 2; lost++) {
            delete(home.resolve("n" + lost));
            nodes[lost] = start(lost);
        }
        await().atMost(PATIENCE)
                .until(
                        () ->
                                running().stream()
                                        .anyMatch(
                                                node ->
                                                        node.replicator.leadership().role()
                                                                == NodeRole.LEADER));
        nodes[2] = start(2);
        await().atMost(PATIENCE)
                .until(() -> !nodes[0].fatal.isEmpty() && !nodes[1].fatal.isEmpty());
        for (int lost = 0; lost < 2; lost++) {
            assertThat(nodes[lost].fatal.get(0)).contains("has lost its data");
            assertThat(nodes[lost].replicator.cluster()).isEqualTo(ClusterId.NONE);
        }
        assertThat(nodes[2].replicator.cluster()).isEqualTo(old);
        assertThat(nodes[2].fatal).isEmpty();
        assertThat(nodes[2].local("a")).isIn("-", "1");
    }

    @Test
    void aNodeOfAnotherClusterIsRefused() {
        putDurably("a", "1");
        awaitAllBound();
        int place = follower();
        stopAll();
        Path foreign = home.resolve("foreign");
        List<String> alone = List.of(peers.get(place));
        try (Replica other = new Replica(foreign, peers.get(place), alone, true)) {
            await().atMost(PATIENCE).until(other::isReady);
        }
        nodes[(place + 1) % 3] = start((place + 1) % 3);
        nodes[(place + 2) % 3] = start((place + 2) % 3);
        Replica stranger = new Replica(foreign, peers.get(place), peers, false);
        nodes[place] = stranger;
        for (int i = 0; i < 3; i++) {
            if (i != place) {
                putDurablyOn((place + 1) % 3, "ours" + i, "2");
            }
        }
        nodes[place] = null;
        try (stranger) {
            assertThat(read(leader(), "a")).isEqualTo("1");
            assertThat(stranger.local("a")).isEqualTo("-");
        }
    }

    @Test
    void sessionsLiveByTicksAndRenewals() {
        SessionId session = open(1);
        RecordedCompletion renewed = new RecordedCompletion();
        leader().replicator.renew(session, renewed);
        assertThat(renewed.outcome().status()).isEqualTo(Status.OK);
        long before = leader().replicator.applied().read(KvStateMachine::leaseTimeMs);
        await().atMost(PATIENCE)
                .until(
                        () ->
                                leader().replicator.applied().read(KvStateMachine::leaseTimeMs)
                                        > before + 300);
        await().atMost(PATIENCE)
                .until(
                        () ->
                                !leader().replicator
                                        .applied()
                                        .read(state -> state.view().isLive(session)));
        awaitEqualDigests();
    }

    @Test
    void theEndOfAWaitIsToldOnEveryNode() {
        SessionId first = open(1);
        SessionId second = open(2);
        LockName lock = new LockName("l");
        Outcome held =
                leader().propose(new Command.Acquire(new RequestId(first, 1, 1), lock, 1, 0, 0))
                        .outcome();
        assertThat(held.status()).isEqualTo(Status.OK);
        FencingToken token = ((Outcome.Token) held.result()).token();
        assertThat(
                        leader().propose(
                                        new Command.Acquire(
                                                new RequestId(second, 1, 1), lock, 1, 60_000, 0))
                                .outcome()
                                .status())
                .isEqualTo(Status.QUEUED);
        leader().propose(new Command.Release(new RequestId(first, 2, 1), lock, token)).outcome();
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            for (Replica node : nodes) {
                                assertThat(node.ended).hasSize(1);
                                assertThat(node.ended.get(0).session()).isEqualTo(second);
                                assertThat(node.ended.get(0).status()).isEqualTo(Status.OK);
                            }
                        });
    }

    private SessionId open(long nonce) {
        Outcome opened =
                leader().propose(
                                new Command.OpenSession(
                                        new SessionNonce(7, nonce), 2_000, SessionLabel.NONE))
                        .outcome();
        return ((Outcome.SessionOpened) opened.result()).session();
    }

    @Test
    void stampsGrowAlongTheLogAcrossLeaders() {
        putDurably("a", "1");
        HybridTimestamp last = leader().putOk("a", "2").at();
        stop(leaderIndex());
        putDurably("a", "3");
        assertThat(leader().putOk("a", "4").at().isAfter(last)).isTrue();
    }
}
