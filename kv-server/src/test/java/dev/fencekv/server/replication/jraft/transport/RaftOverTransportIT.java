package dev.fencekv.server.replication.jraft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.util.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three real nodes of the engine in one process, over loopback. */
@Timeout(120)
class RaftOverTransportIT {
    private static final Duration LONG = Duration.ofSeconds(40);

    @TempDir private Path directory;
    private List<Endpoint> endpoints = List.of();
    private final Map<Integer, RaftNode> running = new TreeMap<>();
    private @Nullable PeerTls tls;

    @AfterEach
    void stopAll() {
        running.values().forEach(RaftNode::close);
    }

    private void start(int nodes) {
        for (int attempt = 0; ; attempt++) {
            try {
                endpoints = Loopback.endpoints(nodes);
                for (int i = 0; i < nodes; i++) {
                    start(i, i + 1);
                }
                return;
            } catch (IllegalStateException portWasTaken) {
                if (attempt == 3) {
                    throw portWasTaken;
                }
                stopAll();
                running.clear();
            }
        }
    }

    private RaftNode start(int which, long nodeId) {
        Path of = directory.resolve(endpoints.get(which).getPort() + "");
        RaftNode node = new RaftNode(of, endpoints.get(which), nodeId, endpoints, tls);
        running.put(which, node);
        return node;
    }

    private void stop(int which) {
        running.remove(which).close();
    }

    private int leader() {
        return await().atMost(LONG)
                .until(
                        () ->
                                running.entrySet().stream()
                                        .filter(e -> e.getValue().node.isLeader())
                                        .map(Map.Entry::getKey)
                                        .findFirst()
                                        .orElse(-1),
                        which -> which >= 0);
    }

    private int follower() {
        int leader = leader();
        return running.keySet().stream().filter(which -> which != leader).findFirst().orElseThrow();
    }

    private void replicate(String prefix, int lines) {
        RaftNode leader = running.get(leader());
        List<CompletableFuture<Void>> applied = new ArrayList<>();
        for (int i = 0; i < lines; i++) {
            applied.add(leader.propose(prefix + "-" + i + "-" + "x".repeat(200)));
        }
        CompletableFuture.allOf(applied.toArray(CompletableFuture<?>[]::new))
                .orTimeout(40, TimeUnit.SECONDS)
                .join();
    }

    private void awaitSame(int lines) {
        await().atMost(LONG)
                .untilAsserted(
                        () -> {
                            List<String> first = running.get(leader()).state.lines;
                            assertThat(first).hasSize(lines);
                            running.values()
                                    .forEach(n -> assertThat(n.state.lines).isEqualTo(first));
                        });
    }

    @Test
    void threeNodesElectReplicateFailOverAndCatchUp() {
        start(3);
        replicate("a", 1000);
        awaitSame(1000);
        assertThat(running.get(leader()).state.lines.get(999)).startsWith("a-999-");

        int old = leader();
        stop(old);
        replicate("b", 10);
        awaitSame(1010);

        start(old, old + 1);
        replicate("c", 10);
        awaitSame(1020);

        int follower = follower();
        stop(follower);
        replicate("d", 100);
        start(follower, follower + 1);
        awaitSame(1120);

        running.values()
                .forEach(
                        node ->
                                assertThat(((PeerServer) node.transport.server()).connections())
                                        .as("no more than one connection per peer and purpose")
                                        .hasSizeLessThanOrEqualTo(4));
    }

    @Test
    void aLearnerJoinsAndCatchesUp() {
        endpoints = Loopback.endpoints(4);
        List<Endpoint> voters = endpoints.subList(0, 3);
        for (int i = 0; i < 4; i++) {
            Path of = directory.resolve(endpoints.get(i).getPort() + "");
            running.put(
                    i, new RaftNode(of, endpoints.get(i), i + 1, i < 3 ? voters : List.of(), tls));
        }
        replicate("a", 100);
        CompletableFuture<Status> added = new CompletableFuture<>();
        running.get(leader())
                .node
                .addLearners(List.of(new PeerId(endpoints.get(3), 0)), added::complete);
        assertThat(added.orTimeout(40, TimeUnit.SECONDS).join().isOk()).isTrue();
        replicate("b", 100);
        awaitSame(200);
    }

    @Test
    void groupsOfOneProcessShareItsConnections() {
        start(3);
        List<Node> second = new ArrayList<>();
        List<RaftNode.Lines> states = new ArrayList<>();
        for (RaftNode node : running.values()) {
            RaftNode.Lines lines = new RaftNode.Lines();
            states.add(lines);
            second.add(node.join("second", lines));
        }
        replicate("a", 200);
        Node leader =
                await().atMost(LONG)
                        .until(
                                () -> second.stream().filter(n -> n.isLeader()).findFirst(),
                                found -> found.isPresent())
                        .orElseThrow();
        for (int i = 0; i < 200; i++) {
            RaftNode.propose(leader, "b-" + i).orTimeout(20, TimeUnit.SECONDS).join();
        }
        awaitSame(200);
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(states).allMatch(state -> state.lines.size() == 200));
        running.values()
                .forEach(
                        node ->
                                assertThat(((PeerServer) node.transport.server()).connections())
                                        .hasSizeLessThanOrEqualTo(2));
    }

    @Test
    void leadershipMovesOnRequest() {
        start(3);
        replicate("a", 10);
        awaitSame(10);
        int to = follower();
        assertThat(
                        running.get(leader())
                                .node
                                .transferLeadershipTo(new PeerId(endpoints.get(to), 0))
                                .isOk())
                .isTrue();
        await().atMost(LONG).until(() -> running.get(to).node.isLeader());
        replicate("b", 10);
        awaitSame(20);
    }

    @Test
    void aFollowerThatLostEverythingGetsASnapshotOverTheBulkConnection() throws IOException {
        start(3);
        replicate("a", 1000);
        awaitSame(1000);
        int wiped = follower();
        stop(wiped);
        delete(directory.resolve(endpoints.get(wiped).getPort() + ""));
        // The engine keeps the log back to the snapshot before the last.
        running.get(leader()).snapshot();
        replicate("b", 100);
        running.get(leader()).snapshot();
        replicate("c", 10);

        RaftNode back = start(wiped, wiped + 1);
        awaitSame(1110);
        assertThat(back.state.snapshotsLoaded).isPositive();
        RaftNode leader = running.get(leader());
        assertThat(((PeerServer) back.transport.server()).connections())
                .anyMatch(c -> c.purpose() == Purpose.BULK);
        assertThat(((PeerServer) leader.transport.server()).connections())
                .anyMatch(
                        c ->
                                c.purpose() == Purpose.BULK
                                        && c.remote()
                                                .address()
                                                .equals(endpoints.get(wiped).toString()));
    }

    @Test
    void aFollowerThatLostItsDiskIsRefusedByThoseWhoKnewItAndTheyGoOn() throws IOException {
        start(3);
        replicate("a", 10);
        awaitSame(10);
        int wiped = follower();
        stop(wiped);
        delete(directory.resolve(endpoints.get(wiped).getPort() + ""));
        running.values()
                .forEach(n -> n.identity.remember(endpoints.get(wiped).toString(), wiped + 1));
        RaftNode stranger = start(wiped, 0xBAD);
        replicate("b", 10);
        assertThat(stranger.state.lines).isEmpty();
        assertThat(stranger.node.isLeader()).isFalse();
        assertThat(running.get(leader()).state.lines).hasSize(20);
    }

    @Test
    void threeNodesReplicateOverMutualTls() throws Exception {
        tls = TestCertificates.inside(directory.resolve("tls")).peer("node");
        start(3);
        replicate("a", 200);
        awaitSame(200);
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
