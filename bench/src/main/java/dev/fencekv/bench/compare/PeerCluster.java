package dev.fencekv.bench.compare;

import dev.fencekv.bench.cluster.Cluster;
import dev.fencekv.bench.cluster.GcPauses;
import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.cluster.NodeProcess;
import dev.fencekv.bench.cluster.Server;
import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Three nodes of another store on loopback, on empty directories, with the settings its makers
 * ship, and an fsync before a write is acknowledged. Owned by one thread.
 */
abstract class PeerCluster implements Cluster {
    static final int NODES = 3;
    private static final long READY_WITHIN_NANOS = 60_000_000_000L;
    private static final int ANSWER_WITHIN_MS = 1_000;

    private final Path dir;
    private final int basePort;
    private final List<NodeProcess> nodes = new ArrayList<>();
    private final Thread atExit = new Thread(this::stopNodes);

    PeerCluster(Path dir, int basePort) {
        this.dir = dir;
        this.basePort = basePort;
    }

    /** Starts it, and returns when it has a leader. */
    static PeerCluster start(Store store, Installation installation, Path dir, int basePort)
            throws IOException, InterruptedException {
        PeerCluster cluster =
                switch (store) {
                    case ETCD -> new Etcd(dir, basePort);
                    case ZOOKEEPER -> new ZooKeeper(installation, dir, basePort);
                    case REDIS -> new Redis(dir, basePort);
                    case RHEAKV -> new RheaKv(installation, dir, basePort);
                    case FENCEKV -> throw new IllegalArgumentException("not a peer");
                };
        Runtime.getRuntime().addShutdownHook(cluster.atExit);
        try {
            cluster.startNodes();
        } catch (IOException | RuntimeException | InterruptedException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private void startNodes() throws IOException, InterruptedException {
        for (int n = 0; n < NODES; n++) {
            Path nodeDir = Files.createDirectories(dir.resolve("node" + (n + 1)));
            nodes.add(NodeProcess.start(store() + " " + (n + 1), nodeDir, command(n, nodeDir)));
        }
        long deadline = System.nanoTime() + READY_WITHIN_NANOS;
        while (!isReady()) {
            nodes.forEach(NodeProcess::checkAlive);
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(store() + " has no leader after a minute");
            }
            Thread.sleep(100);
        }
    }

    abstract List<String> command(int n, Path nodeDir) throws IOException;

    boolean isReady() {
        return leader() >= 0;
    }

    boolean isJvm() {
        return false;
    }

    /** Each node has ten ports; the first is its clients'. */
    final int port(int n, int offset) {
        return basePort + 10 * n + offset;
    }

    final String address(int n, int offset) {
        return "127.0.0.1:" + port(n, offset);
    }

    final String all(String form, int offset) {
        return IntStream.range(0, NODES)
                .mapToObj(n -> form.replace("N", "n" + n).replace("A", address(n, offset)))
                .collect(Collectors.joining(","));
    }

    NodeProcess node(int n) {
        return nodes.get(n);
    }

    @Override
    public String durability() {
        return "fsync on a majority before acknowledging";
    }

    @Override
    public int nodes() {
        return NODES;
    }

    @Override
    public List<String> endpoints() {
        return IntStream.range(0, NODES).mapToObj(n -> address(n, 0)).toList();
    }

    @Override
    public List<Server> servers() {
        return nodes.stream()
                .map(
                        node ->
                                new Server(
                                        node.name(),
                                        node.pid(),
                                        isJvm(),
                                        node.dir().resolve("gc.log")))
                .toList();
    }

    @Override
    public void close() {
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

    /** A server's answer to one line of text; empty if it gives none. */
    static String ask(int port, String line) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(ANSWER_WITHIN_MS);
            socket.getOutputStream().write(line.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            byte[] answer = new byte[64 * 1024];
            int length = in.readNBytes(answer, 0, 1);
            length += length == 0 ? 0 : Math.max(0, in.read(answer, 1, answer.length - 1));
            return new String(answer, 0, length, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }

    /** The first line that a program prints of itself. */
    static String firstLine(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The version in the name of a jar beside our clients. */
    static String jarVersion(Installation installation, String artifact) {
        try (Stream<Path> jars =
                Files.list(installation.root().resolve("bench/target/peers/lib"))) {
            return jars.map(jar -> jar.getFileName().toString())
                    .filter(name -> name.matches(artifact + "-[0-9].*\\.jar"))
                    .map(name -> name.substring(artifact.length() + 1, name.length() - 4))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A JVM with the heap that ZooKeeper's own script gives it. */
    static List<String> jvm(Store store, Installation installation, Path nodeDir, String... rest) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Installation.java(),
                                "-Xmx1000m",
                                "-XX:+EnableDynamicAgentLoading",
                                GcPauses.flag(nodeDir.resolve("gc.log")),
                                "-cp",
                                store.classPath(installation)));
        command.addAll(List.of(rest));
        return command;
    }

    /** Defaults throughout: fsync on, heartbeats every 100 ms, elections after 1000 ms. */
    private static final class Etcd extends PeerCluster {
        private final HttpClient http = HttpClient.newHttpClient();

        Etcd(Path dir, int basePort) {
            super(dir, basePort);
        }

        @Override
        List<String> command(int n, Path nodeDir) {
            return List.of(
                    "etcd",
                    "--name=n" + n,
                    "--data-dir=" + nodeDir.resolve("data"),
                    "--logger=zap",
                    "--log-level=warn",
                    "--listen-client-urls=http://" + address(n, 0),
                    "--advertise-client-urls=http://" + address(n, 0),
                    "--listen-peer-urls=http://" + address(n, 1),
                    "--initial-advertise-peer-urls=http://" + address(n, 1),
                    "--initial-cluster=" + all("N=http://A", 1));
        }

        @Override
        public String store() {
            return "etcd " + firstLine("etcd", "--version").replaceAll(".*: *", "");
        }

        @Override
        public int leader() {
            for (int n = 0; n < NODES; n++) {
                try {
                    HttpResponse<String> answer =
                            http.send(
                                    HttpRequest.newBuilder(
                                                    URI.create(
                                                            "http://"
                                                                    + address(n, 0)
                                                                    + "/v3/maintenance/status"))
                                            .timeout(Duration.ofMillis(ANSWER_WITHIN_MS))
                                            .POST(HttpRequest.BodyPublishers.ofString("{}"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString());
                    JsonObject status = Json.read(answer.body());
                    if (status.has("leader")
                            && status.text("leader")
                                    .equals(status.object("header").text("member_id"))) {
                        return n;
                    }
                } catch (IOException | IllegalArgumentException e) {
                    // Not yet.
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return -1;
                }
            }
            return -1;
        }
    }

    /** The times of zoo_sample.cfg; forceSync is on by default. */
    private static final class ZooKeeper extends PeerCluster {
        private final Installation installation;

        ZooKeeper(Installation installation, Path dir, int basePort) {
            super(dir, basePort);
            this.installation = installation;
        }

        @Override
        List<String> command(int n, Path nodeDir) throws IOException {
            Path data = Files.createDirectories(nodeDir.resolve("data"));
            Files.writeString(data.resolve("myid"), Integer.toString(n + 1));
            List<String> lines =
                    new ArrayList<>(
                            List.of(
                                    "tickTime=2000",
                                    "initLimit=10",
                                    "syncLimit=5",
                                    "dataDir=" + data,
                                    "clientPort=" + port(n, 0),
                                    "clientPortAddress=127.0.0.1",
                                    "admin.enableServer=false"));
            for (int i = 0; i < NODES; i++) {
                lines.add("server." + (i + 1) + "=127.0.0.1:" + port(i, 1) + ":" + port(i, 2));
            }
            Path config = Files.write(nodeDir.resolve("zoo.cfg"), lines);
            return jvm(
                    Store.ZOOKEEPER,
                    installation,
                    nodeDir,
                    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                    "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                    config.toString());
        }

        @Override
        public String store() {
            return "ZooKeeper " + jarVersion(installation, "zookeeper");
        }

        @Override
        boolean isJvm() {
            return true;
        }

        /** All of them serve: one that still looks for the leader slows the others. */
        @Override
        boolean isReady() {
            return IntStream.range(0, NODES)
                    .allMatch(n -> ask(port(n, 0), "srvr").contains("Mode: "));
        }

        @Override
        public int leader() {
            for (int n = 0; n < NODES; n++) {
                if (ask(port(n, 0), "srvr").contains("Mode: leader")) {
                    return n;
                }
            }
            return -1;
        }
    }

    /** A primary and two replicas, each with its log synced at every write. */
    private static final class Redis extends PeerCluster {
        Redis(Path dir, int basePort) {
            super(dir, basePort);
        }

        @Override
        List<String> command(int n, Path nodeDir) {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    "redis-server",
                                    "--port",
                                    Integer.toString(port(n, 0)),
                                    "--bind",
                                    "127.0.0.1",
                                    "--dir",
                                    nodeDir.toString(),
                                    "--appendonly",
                                    "yes",
                                    "--appendfsync",
                                    "always",
                                    "--repl-diskless-sync-delay",
                                    "0"));
            if (n > 0) {
                command.addAll(List.of("--replicaof", "127.0.0.1", Integer.toString(port(0, 0))));
            }
            return command;
        }

        @Override
        public String store() {
            return "Redis "
                    + firstLine("redis-server", "--version").replaceAll(".* v=([^ ]*) .*", "$1");
        }

        @Override
        public String durability() {
            return "fsync on the primary and WAIT 1: one copy is known to be on disk, a second to be"
                    + " received";
        }

        @Override
        boolean isReady() {
            return ask(port(0, 0), "INFO replication\r\n").contains("connected_slaves:2");
        }

        @Override
        public int leader() {
            return 0;
        }
    }

    /** Defaults throughout: the Raft log in RocksDB and synced, reads by ReadIndex. */
    private static final class RheaKv extends PeerCluster {
        private final Installation installation;

        RheaKv(Installation installation, Path dir, int basePort) {
            super(dir, basePort);
            this.installation = installation;
        }

        @Override
        List<String> command(int n, Path nodeDir) {
            return jvm(
                    Store.RHEAKV,
                    installation,
                    nodeDir,
                    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                    "dev.fencekv.bench.peers.RheaKvServer",
                    address(n, 0),
                    all("A", 0),
                    nodeDir.resolve("data").toString());
        }

        @Override
        public String store() {
            return "RheaKV " + jarVersion(installation, "jraft-rheakv-core");
        }

        @Override
        boolean isJvm() {
            return true;
        }

        /** Its client waits for the leader, and only its client can tell who that is. */
        @Override
        boolean isReady() {
            return true;
        }

        @Override
        public int leader() {
            return -1;
        }
    }
}
