package dev.fencekv.server.process;

import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.server.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Nodes of one cluster, each in a JVM of its own, on loopback. Owned by the test's thread. */
final class ProcessCluster {
    /** Made faster than those of 64 MiB. */
    private static final int LOG_SEGMENT_BYTES = 8 * 1024 * 1024;

    private static final int NODES = 3;

    /** For tests that let nodes join: the founders come first. */
    private static final int NODES_WITH_SPARE = NODES + 1;

    private final Processes processes;
    private final List<String> extraOptions;
    private final int founders;
    private final List<String> clientAddresses;
    private final List<String> peerAddresses;
    private final List<String> respAddresses;
    private final JavaProcess[] nodes;
    private final KvClient observer;

    private ProcessCluster(Processes processes, int size, int founders, List<String> extraOptions) {
        this.processes = processes;
        this.extraOptions = extraOptions;
        this.founders = founders;
        List<String> addresses = FreePorts.addresses(3 * size);
        this.clientAddresses = addresses.subList(0, size);
        this.peerAddresses = addresses.subList(size, 2 * size);
        this.respAddresses = addresses.subList(2 * size, 3 * size);
        this.nodes = new JavaProcess[size];
        this.observer =
                processes.closing(
                        FenceKv.builder()
                                .endpoints(clientAddresses)
                                .requestTimeout(Duration.ofSeconds(2))
                                .label("observer")
                                .build());
    }

    /** Three nodes that take writes. */
    static ProcessCluster start(Processes processes, String... extraOptions) {
        return start(new ProcessCluster(processes, NODES, NODES, List.of(extraOptions)));
    }

    private static ProcessCluster start(ProcessCluster cluster) {
        for (int node = 0; node < cluster.founders; node++) {
            cluster.start(node);
        }
        cluster.awaitWritable();
        return cluster;
    }

    /** As {@link #start}, with a fourth node that is not started: see {@link #startJoining}. */
    static ProcessCluster startWithSpare(Processes processes) {
        return start(new ProcessCluster(processes, NODES_WITH_SPARE, NODES, List.of()));
    }

    /** A node that takes writes, and two that are not started: see {@link #startJoining}. */
    static ProcessCluster startWithOne(Processes processes) {
        return start(new ProcessCluster(processes, NODES, 1, List.of()));
    }

    /** As {@link #start}, of nodes to which {@link #faults} can be done. */
    static ProcessCluster startFaulty(Processes processes, String... extraOptions) {
        ProcessCluster cluster = new ProcessCluster(processes, NODES, NODES, List.of(extraOptions));
        for (int node = 0; node < NODES; node++) {
            cluster.start(
                    node,
                    "export JAVA_TOOL_OPTIONS=-Dfencekv.test.faults=" + cluster.faultFile(node));
        }
        cluster.awaitWritable();
        return cluster;
    }

    private Path faultFile(int node) {
        return processes.home().resolve("node" + node + ".faults");
    }

    /** From now on, these and no others. */
    void faults(int node, String... lines) throws IOException {
        Path next = processes.home().resolve("node" + node + ".faults.next");
        Files.write(next, List.of(lines));
        Files.move(
                next,
                faultFile(node),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** One line for each other node, {@code %s} standing for its peer address. */
    String[] towardsOthers(int node, String line) {
        return peerAddresses.stream()
                .filter(address -> !address.equals(peerAddresses.get(node)))
                .map(line::formatted)
                .toArray(String[]::new);
    }

    // --- nodes ---------------------------------------------------------------------------------

    int size() {
        return nodes.length;
    }

    /** Also after it was killed. It may refuse to start: see {@link #awaitUp}. */
    void start(int node) {
        start(node, "");
    }

    /** As {@link Processes#server(String, Map, String, List)}. */
    void start(int node, String limit, String... moreOptions) {
        List<String> options = new ArrayList<>(options(node));
        options.addAll(List.of(moreOptions));
        nodes[node] = processes.server("node" + node, Map.of(), limit, options);
    }

    List<String> options(int node) {
        List<String> options = new ArrayList<>();
        options.addAll(List.of("--data-dir", directory(node).toString()));
        options.addAll(List.of("--client-address", clientAddresses.get(node)));
        options.addAll(List.of("--peer-address", peerAddresses.get(node)));
        options.addAll(List.of("--resp-address", respAddresses.get(node)));
        List<String> peers = new ArrayList<>(peerAddresses.subList(0, founders));
        if (node < founders) {
            options.add("--bootstrap");
        } else {
            peers.add(peerAddresses.get(node));
        }
        options.addAll(List.of("--peers", String.join(",", peers)));
        options.addAll(List.of("--log-segment-bytes", Integer.toString(LOG_SEGMENT_BYTES)));
        options.addAll(extraOptions);
        return options;
    }

    /** With an empty directory, to be added: nodes that are no founders always start so. */
    void startJoining(int node) {
        List<String> options = new ArrayList<>(options(node));
        options.remove("--bootstrap");
        nodes[node] = processes.server("node" + node, Map.of(), "", options);
    }

    JavaProcess process(int node) {
        return nodes[node];
    }

    void kill(int node) {
        nodes[node].kill();
    }

    /** SIGTERM, and waits for its end. */
    int stop(int node) {
        nodes[node].terminate();
        return nodes[node].awaitExit();
    }

    Path directory(int node) {
        return processes.home().resolve("node" + node);
    }

    /** Waits until a node answers and knows a leader; fails at once if it has ended. */
    void awaitUp(int node) {
        await("node" + node + " is up")
                .atMost(JavaProcess.PATIENCE)
                .failFast("node" + node + " ended", () -> !nodes[node].isAlive())
                .until(() -> status(node).filter(now -> !now.leader().isEmpty()).isPresent());
    }

    /** Waits until a write goes through; fails at once if a node has ended. */
    void awaitWritable() {
        Set<Integer> running = running();
        await("the cluster takes writes")
                .atMost(JavaProcess.PATIENCE)
                .failFast(
                        "a node ended",
                        () -> running.stream().anyMatch(node -> !nodes[node].isAlive()))
                .ignoreExceptionsInstanceOf(FenceKvException.class)
                .until(() -> observer.put("cluster/is", "writable").revision() > 0);
    }

    private Set<Integer> running() {
        Set<Integer> running = new HashSet<>();
        for (int node = 0; node < nodes.length; node++) {
            if (nodes[node] != null && nodes[node].isAlive()) {
                running.add(node);
            }
        }
        return running;
    }

    /** What a node says of itself; empty if it does not answer. */
    Optional<NodeStatus> status(int node) {
        try {
            return Optional.of(observer.status(clientAddresses.get(node)));
        } catch (FenceKvException e) {
            return Optional.empty();
        }
    }

    /** How a node sees itself and the others; empty if it does not answer. */
    Optional<NodeHealth> health(int node) {
        try {
            return Optional.of(observer.health(clientAddresses.get(node)));
        } catch (FenceKvException e) {
            return Optional.empty();
        }
    }

    /** The node that leads by its own belief, in the highest term. */
    Optional<Integer> leaderNow() {
        Integer leader = null;
        long term = -1;
        for (int node : running()) {
            Optional<NodeStatus> status = status(node);
            if (status.isPresent()
                    && status.get().role() == NodeRole.LEADER
                    && status.get().term() > term) {
                term = status.get().term();
                leader = node;
            }
        }
        return Optional.ofNullable(leader);
    }

    int leader() {
        return await("somebody leads")
                .atMost(JavaProcess.PATIENCE)
                .until(this::leaderNow, Optional::isPresent)
                .orElseThrow();
    }

    int follower() {
        return (leader() + 1) % nodes.length;
    }

    // --- clients -------------------------------------------------------------------------------

    String endpoint(int node) {
        return clientAddresses.get(node);
    }

    /** Where clients of Redis come in. */
    String respAddress(int node) {
        return respAddresses.get(node);
    }

    String peerAddress(int node) {
        return peerAddresses.get(node);
    }

    List<String> endpoints() {
        return clientAddresses;
    }

    FenceKv.Builder builder(String label) {
        return FenceKv.builder().endpoints(clientAddresses).label(label);
    }

    /** Of a client that asks {@code node} first, and knows the others. */
    FenceKv.Builder builderOf(String label, int node) {
        List<String> endpoints = new ArrayList<>(clientAddresses);
        Collections.rotate(endpoints, -node);
        return FenceKv.builder().endpoints(endpoints).label(label);
    }

    /** Closed with the test. */
    KvClient client(String label) {
        return client(builder(label));
    }

    KvClient client(FenceKv.Builder builder) {
        return processes.closing(builder.build());
    }

    // --- what must hold of all nodes -----------------------------------------------------------

    /** What every node has of a key once it has applied {@code revision}; must be the same. */
    void awaitEverywhere(String key, String value, long revision) {
        for (int node = 0; node < nodes.length; node++) {
            int asked = node;
            await("node" + node + " has " + key + "=" + value)
                    .atMost(JavaProcess.PATIENCE)
                    .until(() -> hasApplied(asked, revision));
            try (NodeReader reader = NodeReader.connect(endpoint(node))) {
                String found =
                        reader.get(Key.of(key)).map(record -> record.value().toUtf8()).orElse("-");
                if (!found.equals(value)) {
                    throw new AssertionError("node" + node + " has " + key + "=" + found);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    boolean hasApplied(int node, long revision) {
        return status(node).filter(now -> now.revision() >= revision).isPresent();
    }

    /** Once nobody writes: waits until all nodes have applied the same entry. */
    void checkDigestsEqual() {
        List<NodeStatus> same =
                await("all nodes have applied the same entry")
                        .atMost(JavaProcess.PATIENCE)
                        // Out of step with the leader's ticks, which are entries, too.
                        .pollInterval(Duration.ofMillis(17))
                        .until(this::statuses, ProcessCluster::areAtTheSameEntry);
        if (same.stream().mapToLong(NodeStatus::digest).distinct().count() != 1) {
            throw new AssertionError("digests differ: " + same);
        }
    }

    private List<NodeStatus> statuses() {
        List<NodeStatus> all = new ArrayList<>();
        for (int node : running()) {
            status(node).ifPresent(all::add);
        }
        return all;
    }

    /** All that are members, by their own word, and no others. */
    private static boolean areAtTheSameEntry(List<NodeStatus> all) {
        return all.stream().map(NodeStatus::members).distinct().count() == 1
                && all.size() == all.get(0).members().size()
                && all.stream().mapToLong(NodeStatus::digestIndex).distinct().count() == 1;
    }
}
