package dev.fencekv.junit;

import dev.fencekv.check.Check;
import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.server.JvmFlags;
import dev.fencekv.server.replication.StartRefusedException;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.KvStore;
import dev.fencekv.server.store.ChronicleKvStore;
import dev.fencekv.server.store.HeapKvStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster inside this JVM: real nodes with real logs in a temporary directory, on real sockets of
 * loopback and free ports. For tests of programs that use FenceKV; by {@link FenceKvCluster} with
 * JUnit, by {@link #start} with anything else.
 *
 * <p>A node that is stopped here closes its log in good order, as by SIGTERM, and one JVM cannot be
 * paused in part. For {@code kill -9} and SIGSTOP start processes: {@code scripts/server}.
 *
 * <p>Guarantees: 1. Every method is safe from any thread. 2. After {@link #close} nothing of it is
 * left: no thread, socket or file.
 */
public final class FenceKvTestCluster implements AutoCloseable {
    /** The most nodes of a test cluster. */
    public static final int NODES_MAX = 5;

    /** How long anything may take that should happen: a build machine may be busy. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Somebody else may take a port between the search and the start. */
    private static final int START_ATTEMPTS = 3;

    private static final long LOOK_AGAIN_MS = 10;

    /** Where the nodes keep their records. */
    public enum Store {
        /** On the heap. Needs no JVM flags, and does all that the other one does. */
        HEAP,
        /** Off the heap, as servers do. Needs the JVM flags of {@code scripts/jvm.options}. */
        CHRONICLE
    }

    /**
     * What a cluster is made with. Immutable.
     *
     * @param nodes 1 to {@link #NODES_MAX}
     */
    public record Options(int nodes, Store store) {
        public Options {
            Check.inRange(1, NODES_MAX, nodes, "nodes of a test cluster");
        }

        /** So many nodes with records on the heap. */
        public static Options nodes(int nodes) {
            return new Options(nodes, Store.HEAP);
        }

        /** The same with another store. */
        public Options with(Store other) {
            return new Options(nodes, other);
        }
    }

    private final Path home;
    private final List<EmbeddedNode> nodes;
    private final List<KvClient> clients = new ArrayList<>();
    private final KvClient observer;
    private @Nullable KvClient shared;

    private FenceKvTestCluster(Path home, List<EmbeddedNode> nodes) {
        this.home = home;
        this.nodes = List.copyOf(nodes);
        this.observer =
                FenceKv.builder()
                        .endpoints(endpoints())
                        .requestTimeout(PATIENCE)
                        .label("test-cluster")
                        .build();
    }

    /**
     * Starts a cluster with records on the heap; returns once it takes writes.
     *
     * @param nodes 1 to {@link #NODES_MAX}; more than one replicate and elect like servers do
     * @throws IllegalStateException if it cannot be started
     */
    public static FenceKvTestCluster start(int nodes) {
        return start(Options.nodes(nodes));
    }

    /**
     * Starts a cluster; returns once it takes writes.
     *
     * @throws IllegalStateException if it cannot be started, or needs JVM flags that are not given:
     *     the message names them
     */
    public static FenceKvTestCluster start(Options options) {
        KvStore.Factory stores = stores(options.store());
        for (int attempt = 1; ; attempt++) {
            try {
                return start(options.nodes(), stores);
            } catch (IOException | StartRefusedException e) {
                if (attempt == START_ATTEMPTS) {
                    throw new IllegalStateException(
                            "cannot start a FenceKV test cluster: " + e.getMessage(), e);
                }
            }
        }
    }

    private static KvStore.Factory stores(Store store) {
        return switch (store) {
            case HEAP -> HeapKvStore::open;
            case CHRONICLE -> {
                if (!JvmFlags.areGiven()) {
                    throw new IllegalStateException(
                            "Store.CHRONICLE needs these flags of the JVM that runs the tests"
                                    + " (argLine of Surefire, jvmArgs of Gradle), Store.HEAP needs"
                                    + " none: "
                                    + String.join(" ", JvmFlags.REQUIRED));
                }
                yield ChronicleKvStore::open;
            }
        };
    }

    private static FenceKvTestCluster start(int count, KvStore.Factory stores) throws IOException {
        Path home = Files.createTempDirectory("fencekv-test-");
        List<String> addresses = LoopbackAddresses.free(2 * count);
        List<String> peers = addresses.subList(count, 2 * count);
        List<EmbeddedNode> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(
                    new EmbeddedNode(
                            home.resolve("node" + i),
                            addresses.get(i),
                            peers.get(i),
                            peers,
                            stores));
        }
        FenceKvTestCluster cluster = new FenceKvTestCluster(home, nodes);
        try {
            for (EmbeddedNode node : nodes) {
                node.start();
            }
            cluster.awaitLeader();
            cluster.awaitFeatures();
            return cluster;
        } catch (IOException | RuntimeException e) {
            cluster.closeQuietly(e);
            throw e;
        }
    }

    // --- nodes ---------------------------------------------------------------------------------

    /** How many nodes it has, running or stopped. They are numbered from 0. */
    public int size() {
        return nodes.size();
    }

    /** Where clients reach the nodes, HOST:PORT each, in order of their numbers. */
    public List<String> endpoints() {
        return nodes.stream().map(EmbeddedNode::clientAddress).toList();
    }

    /** Whether the node runs. */
    public boolean isRunning(int node) {
        return nodes.get(node).isRunning();
    }

    /**
     * Stops a node: its connections are cut, its log and its port stay its own. Does nothing if it
     * is stopped. The others elect another leader if it led; with half of the nodes stopped nothing
     * is written or read any more, except stale.
     */
    public void stop(int node) {
        nodes.get(node).stop();
    }

    /**
     * Starts a stopped node with what it had; it catches up by itself. Does nothing if it runs.
     *
     * @throws IllegalStateException if it cannot be started
     */
    public void restart(int node) {
        try {
            nodes.get(node).start();
        } catch (IOException e) {
            throw new IllegalStateException("cannot start node " + node, e);
        }
    }

    /** Waits until a node leads that takes writes, at most a minute; which one. */
    public int awaitLeader() {
        return await("nobody leads", () -> answers() ? leaderNow() : OptionalInt.empty());
    }

    /** What came after the first release can be used once all nodes have said that they know it. */
    private void awaitFeatures() {
        await(
                "the nodes do not agree on what they can do",
                () -> {
                    OptionalInt leader = leaderNow();
                    NodeStatus status =
                            leader.isEmpty() ? null : nodes.get(leader.getAsInt()).status();
                    return status != null
                                    && status.featureLevel() == KvStateMachine.FEATURE_LEVEL_MAX
                            ? leader
                            : OptionalInt.empty();
                });
    }

    /** Nobody tells when a node changes: it is looked at until there is a result. */
    private int await(String otherwise, Supplier<OptionalInt> look) {
        long start = System.nanoTime();
        while (true) {
            checkNodes();
            OptionalInt found = look.get();
            if (found.isPresent()) {
                return found.getAsInt();
            }
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new IllegalStateException(
                        otherwise + " after " + PATIENCE.toSeconds() + " s: " + this);
            }
            pause();
        }
    }

    /** The node that leads by its own belief, in the highest term; it may be about to lose it. */
    private OptionalInt leaderNow() {
        OptionalInt leader = OptionalInt.empty();
        long term = -1;
        for (int i = 0; i < nodes.size(); i++) {
            NodeStatus status = nodes.get(i).status();
            if (status != null && status.role() == NodeRole.LEADER && status.term() > term) {
                leader = OptionalInt.of(i);
                term = status.term();
            }
        }
        return leader;
    }

    /** Whether a linearizable read goes through, which only a formed cluster with a leader does. */
    private boolean answers() {
        try {
            observer.get(Key.of("fencekv-test-cluster"), ReadOptions.LINEARIZABLE);
            return true;
        } catch (FenceKvException e) {
            return false;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_AGAIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the cluster", e);
        }
    }

    private void checkNodes() {
        for (EmbeddedNode node : nodes) {
            node.check();
        }
    }

    // --- clients -------------------------------------------------------------------------------

    /** A client for whoever needs no session of its own; closed with the cluster. */
    public synchronized KvClient client() {
        KvClient known = shared;
        if (known == null) {
            known = newClient("test");
            shared = known;
        }
        return known;
    }

    /**
     * A client with a session of its own, as another process would have; closed with the cluster,
     * if not before.
     *
     * @param label shown in evidence; 0 to 64 bytes
     */
    public KvClient newClient(String label) {
        return newClient(clientBuilder().label(label));
    }

    /** The same with settings of the caller's: {@link #clientBuilder} knows the endpoints. */
    public synchronized KvClient newClient(FenceKv.Builder builder) {
        KvClient client = builder.build();
        clients.add(client);
        return client;
    }

    /** Settings of a client that knows all nodes. */
    public FenceKv.Builder clientBuilder() {
        return FenceKv.builder().endpoints(endpoints());
    }

    // --- the end -------------------------------------------------------------------------------

    /**
     * Closes clients and nodes and deletes their files. Idempotent.
     *
     * @throws IllegalStateException if a node had to stop by itself meanwhile: that is a bug, or
     *     the disk is full
     */
    @Override
    public void close() {
        synchronized (this) {
            clients.forEach(KvClient::close);
            clients.clear();
            shared = null;
        }
        observer.close();
        nodes.forEach(EmbeddedNode::stop);
        delete(home);
        checkNodes();
    }

    private void closeQuietly(Exception why) {
        try {
            close();
        } catch (RuntimeException e) {
            why.addSuppressed(e);
        }
    }

    private static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "FenceKvTestCluster" + nodes;
    }
}
