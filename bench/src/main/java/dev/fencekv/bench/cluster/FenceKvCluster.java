package dev.fencekv.bench.cluster;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of FenceKV nodes from the build, on loopback. Owned by one thread, but for {@link
 * #wipe} and {@link #startJoining}, if no other thread touches that node meanwhile.
 */
public final class FenceKvCluster implements Cluster {
    private static final long WRITABLE_WITHIN_NANOS = 60_000_000_000L;
    private static final Duration TRY = Duration.ofSeconds(2);
    private static final Key SIGN_OF_LIFE = Key.of("bench");
    private static final int PORTS_PER_NODE = 10;

    private final Plan plan;
    private final List<NodeProcess> nodes = new CopyOnWriteArrayList<>();
    private final List<String> endpoints;
    private final List<String> peerAddresses;
    private final KvClient admin;
    private final Thread atExit = new Thread(this::stopNodes);

    /**
     * How a cluster is to be.
     *
     * @param dir made if need be; each node has a directory in it
     * @param basePort node n, from 0, serves clients on {@code basePort + 10 n} and its peers on
     *     the port after that
     * @param serverOptions more options for each server
     */
    public record Plan(
            Installation installation,
            Path dir,
            int nodes,
            int basePort,
            List<String> serverOptions) {}

    private FenceKvCluster(Plan plan) throws IOException {
        this.plan = plan;
        this.endpoints = IntStream.range(0, plan.nodes).mapToObj(n -> address(plan, n, 0)).toList();
        this.peerAddresses =
                IntStream.range(0, plan.nodes).mapToObj(n -> address(plan, n, 1)).toList();
        Runtime.getRuntime().addShutdownHook(atExit);
        for (int n = 0; n < plan.nodes; n++) {
            nodes.add(startNode(n, true));
        }
        this.admin = FenceKv.builder().endpoints(endpoints).requestTimeout(TRY).build();
    }

    /** Returns when it takes writes. */
    public static FenceKvCluster start(Plan plan) throws IOException, InterruptedException {
        FenceKvCluster cluster = new FenceKvCluster(plan);
        try {
            cluster.awaitWritable();
        } catch (RuntimeException | InterruptedException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private static String address(Plan plan, int node, int offset) {
        return "127.0.0.1:" + (plan.basePort + PORTS_PER_NODE * node + offset);
    }

    private NodeProcess startNode(int n, boolean bootstrap) throws IOException {
        Path dir = plan.dir.resolve("node" + (n + 1));
        List<String> command = plan.installation.serverJvm(dir.resolve("gc.log"));
        command.addAll(
                List.of(
                        "--data-dir",
                        data(dir).toString(),
                        "--client-address",
                        address(plan, n, 0),
                        "--peer-address",
                        address(plan, n, 1),
                        "--peers",
                        String.join(",", peerAddresses)));
        if (bootstrap) {
            command.add("--bootstrap");
        }
        command.addAll(plan.serverOptions);
        return NodeProcess.start("node " + (n + 1), dir, command);
    }

    private static Path data(Path dir) {
        return dir.resolve("data");
    }

    /** Kills a node if it runs, and empties its disk. */
    public void wipe(int n) throws IOException, InterruptedException {
        nodes.get(n).kill();
        Path data = data(nodes.get(n).dir());
        if (Files.exists(data)) {
            Directories.delete(data);
        }
    }

    /** Starts a node whose disk is empty, to be added to the cluster. */
    public void startJoining(int n) throws IOException {
        nodes.set(n, startNode(n, false));
    }

    /** Returns once a write was acknowledged. */
    public void awaitWritable() throws InterruptedException {
        long deadline = System.nanoTime() + WRITABLE_WITHIN_NANOS;
        RuntimeException last = new IllegalStateException("never asked");
        while (System.nanoTime() - deadline < 0) {
            nodes.forEach(NodeProcess::checkAlive);
            try {
                // A linearizable read needs a leader that has a majority, and opens no session.
                admin.get(SIGN_OF_LIFE, ReadOptions.LINEARIZABLE);
                return;
            } catch (FenceKvException e) {
                last = e;
                Thread.sleep(20);
            }
        }
        throw new IllegalStateException("the cluster takes no requests", last);
    }

    @Override
    public String store() {
        NodeStatus status = status(0);
        return "FenceKV " + (status == null ? "" : status.version());
    }

    @Override
    public String durability() {
        return "fsync on a majority before acknowledging";
    }

    @Override
    public int nodes() {
        return nodes.size();
    }

    @Override
    public List<String> endpoints() {
        return endpoints;
    }

    /** Where the nodes listen for each other. */
    public List<String> peerAddresses() {
        return peerAddresses;
    }

    @Override
    public List<Server> servers() {
        return nodes.stream()
                .map(
                        node ->
                                new Server(
                                        node.name(),
                                        node.pid(),
                                        true,
                                        node.dir().resolve("gc.log")))
                .toList();
    }

    public NodeProcess node(int n) {
        return nodes.get(n);
    }

    @Override
    public int leader() {
        for (int n = 0; n < endpoints.size(); n++) {
            NodeStatus status = status(n);
            if (status != null && status.role() == NodeRole.LEADER) {
                return n;
            }
        }
        return -1;
    }

    /** Returns once a node has applied what the leader had applied before. */
    public void awaitCaughtUp(int n) throws InterruptedException {
        long deadline = System.nanoTime() + WRITABLE_WITHIN_NANOS;
        NodeStatus leads = null;
        while (System.nanoTime() - deadline < 0) {
            if (leads == null) {
                int leader = leader();
                leads = leader < 0 ? null : status(leader);
            }
            NodeStatus status = status(n);
            if (leads != null && status != null && status.appliedIndex() >= leads.appliedIndex()) {
                return;
            }
            nodes.get(n).checkAlive();
            Thread.sleep(100);
        }
        throw new IllegalStateException(nodes.get(n).name() + " does not catch up");
    }

    /** What a node says of itself; null if it says nothing. */
    public @Nullable NodeStatus status(int n) {
        return status(admin, endpoints.get(n));
    }

    static @Nullable NodeStatus status(KvClient admin, String endpoint) {
        CompletableFuture<NodeStatus> status = admin.statusAsync(endpoint);
        try {
            return status.get(TRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException | TimeoutException e) {
            return null;
        }
    }

    /** Asks and changes settings; has no session unless something is changed. */
    public KvClient admin() {
        return admin;
    }

    @Override
    public void close() {
        admin.close();
        stopNodes();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // We are exiting already.
        }
    }

    private void stopNodes() {
        nodes.parallelStream().forEach(NodeProcess::stop);
    }
}
