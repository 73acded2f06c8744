package dev.fencekv.bench.compare;

import dev.fencekv.bench.cluster.Installation;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** The stores that can be compared. */
public enum Store {
    FENCEKV("FenceKV", "dev.fencekv.bench.FenceKvTarget", true),
    ETCD("etcd", "dev.fencekv.bench.peers.EtcdTarget", true),
    ZOOKEEPER("ZooKeeper", "dev.fencekv.bench.peers.ZooKeeperTarget", true),
    REDIS("Redis", "dev.fencekv.bench.peers.RedisTarget", false),
    RHEAKV("RheaKV", "dev.fencekv.bench.peers.RheaKvTarget", true);

    private final String text;
    private final String targetClass;
    private final boolean consensus;

    Store(String text, String targetClass, boolean consensus) {
        this.text = text;
        this.targetClass = targetClass;
        this.consensus = consensus;
    }

    public String text() {
        return text;
    }

    public static Store ofText(String text) {
        return Arrays.stream(values())
                .filter(each -> each.text.equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "no store is called "
                                                + text
                                                + "; there are "
                                                + Arrays.stream(values())
                                                        .map(Store::text)
                                                        .toList()));
    }

    String targetClass() {
        return targetClass;
    }

    /** Whether what it acknowledged survives the loss of any one node, and fails over by itself. */
    public boolean consensus() {
        return consensus;
    }

    /**
     * Whether clients are best sent to the leader alone, because they do not go there themselves.
     */
    boolean toldItsLeader() {
        return this == ETCD || this == ZOOKEEPER;
    }

    /** Of its client, and of its servers where they are ours to start as JVMs. */
    String classPath(Installation installation) {
        Path target = installation.root().resolve("bench/target");
        Path dir = this == FENCEKV ? target : target.resolve("peers");
        String ownNetty = this == RHEAKV ? dir.resolve("lib-rheakv") + "/*:" : "";
        return ownNetty + dir.resolve("bench.jar") + ":" + dir.resolve("lib") + "/*";
    }

    /** What stands in the way of measuring it here, and what to do about it; empty if nothing. */
    public Optional<String> missing(Installation installation) {
        if (this == FENCEKV) {
            return Optional.empty();
        }
        if (!Files.exists(installation.root().resolve("bench/target/peers/bench.jar"))) {
            return Optional.of(
                    "its client is not built: mvn -Ppeers package -pl bench -am -DskipTests");
        }
        return switch (this) {
            case ETCD -> missingProgram("etcd", "etcd-server");
            case REDIS -> missingProgram("redis-server", "redis-server");
            case FENCEKV, ZOOKEEPER, RHEAKV -> Optional.empty();
        };
    }

    private static Optional<String> missingProgram(String program, String debianPackage) {
        for (String dir : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(dir, program))) {
                return Optional.empty();
            }
        }
        return Optional.of("no " + program + " on the PATH: apt-get install " + debianPackage);
    }
}
