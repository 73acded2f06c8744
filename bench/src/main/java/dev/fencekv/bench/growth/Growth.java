package dev.fencekv.bench.growth;

import dev.fencekv.bench.cluster.FenceKvCluster;
import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.cluster.JvmProbe;
import dev.fencekv.bench.cluster.NodeProcess;
import dev.fencekv.bench.cluster.ProcessFiles;
import dev.fencekv.bench.cluster.Server;
import dev.fencekv.bench.load.LoadObserver;
import dev.fencekv.bench.load.LoadResult;
import dev.fencekv.bench.load.LoadRun;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Target;
import dev.fencekv.bench.load.Workload;
import dev.fencekv.kv.NodeStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/** Measures a cluster of its own at one number of keys. Owned by one thread. */
public final class Growth {
    private static final int NODES = 3;
    private static final int WARM_UP_OUTSTANDING = 256;
    private static final long CAUGHT_UP_WITHIN_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** Of the quota, for a record with its header; the default quota is the least. */
    private static final int BYTES_BESIDE_VALUE = 256;

    private static final long QUOTA_BYTES_MIN = 256L << 20;

    /** Never, in practice: then a restart has the whole log to read. */
    private static final List<String> NO_SNAPSHOTS =
            List.of("--snapshot-entries=" + (1L << 40), "--snapshot-log-bytes=" + (1L << 50));

    /** One after the other, as soon as there is anything new. */
    private static final List<String> ALWAYS_SNAPSHOTS = List.of("--snapshot-entries=100");

    /**
     * How.
     *
     * @param load keys and values; its duration is that of each latency
     * @param target makes a client
     */
    public record Plan(
            Installation installation,
            Path data,
            int basePort,
            LoadSpec load,
            Supplier<? extends Target> target,
            Consumer<String> progress) {}

    private final Plan plan;
    private final LoadSpec load;
    private final Path dir;

    private Growth(Plan plan) throws IOException {
        this.plan = plan;
        this.load = plan.load;
        this.dir = Files.createTempDirectory(plan.data, "growth");
    }

    public static Size measure(Plan plan) throws Exception {
        return new Growth(plan).measure();
    }

    private Size measure() throws Exception {
        double insertsPerSecond;
        LoadResult put;
        LoadResult get;
        Memory memory;
        double replaySeconds;
        try (FenceKvCluster cluster = start(NO_SNAPSHOTS)) {
            insertsPerSecond = load(cluster);
            put = latency(cluster, Workload.PUT);
            get = latency(cluster, Workload.GET_LINEARIZABLE);
            memory = memory(cluster);
            replaySeconds = restartFollower(cluster);
        }
        try (FenceKvCluster cluster = start(ALWAYS_SNAPSHOTS)) {
            say("puts while snapshots are taken");
            SnapshotWatch watch = new SnapshotWatch(dataDir(0));
            LoadResult snapshotting;
            List<Double> snapshots;
            try (watch) {
                snapshotting = latency(cluster, Workload.PUT);
                snapshots = watch.finish();
            }
            double restartSeconds = restartFollower(cluster);
            return new Size(
                    load.keys(),
                    insertsPerSecond,
                    micros(put, 50),
                    micros(put, 99),
                    micros(get, 50),
                    micros(get, 99),
                    micros(snapshotting, 50),
                    micros(snapshotting, 99),
                    memory.heapBytes,
                    memory.residentBytes,
                    median(snapshots),
                    replaySeconds,
                    restartSeconds);
        }
    }

    private void say(String what) {
        plan.progress.accept(load.keys() + " keys: " + what);
    }

    private FenceKvCluster start(List<String> options) throws IOException, InterruptedException {
        say("the cluster starts");
        return FenceKvCluster.start(
                new FenceKvCluster.Plan(plan.installation, dir, NODES, plan.basePort, options));
    }

    private Path dataDir(int n) {
        return dir.resolve("node" + (n + 1)).resolve("data");
    }

    /** Inserts a second. */
    private double load(FenceKvCluster cluster) throws Exception {
        long quota =
                Math.max(
                        QUOTA_BYTES_MIN,
                        (long) load.keys() * (load.valueBytes() + BYTES_BESIDE_VALUE));
        cluster.admin().changeSetting("store-quota-bytes", quota);
        say("writing them");
        try (Target target = plan.target.get()) {
            target.connect(cluster.endpoints(), load.connections());
            long begin = System.nanoTime();
            LoadRun.load(target, load);
            return load.keys() * 1e9 / (System.nanoTime() - begin);
        }
    }

    /** One operation at a time, once the code is warm. */
    private LoadResult latency(FenceKvCluster cluster, Workload workload) throws Exception {
        say(workload.text());
        try (Target target = plan.target.get()) {
            target.connect(cluster.endpoints(), load.connections());
            LoadRun.run(
                    target,
                    load.offering(workload, WARM_UP_OUTSTANDING, 0)
                            .withDuration(Duration.ZERO, load.warmUp()),
                    LoadObserver.NONE);
            return LoadRun.run(
                    target,
                    load.offering(workload, 1, 0)
                            .withDuration(Duration.ofSeconds(1), load.duration()),
                    LoadObserver.NONE);
        }
    }

    private record Memory(long heapBytes, long residentBytes) {}

    private static Memory memory(FenceKvCluster cluster) throws IOException {
        Server leader = cluster.servers().get(Math.max(0, cluster.leader()));
        return new Memory(
                JvmProbe.sample(leader.pid()).heapBytes(),
                ProcessFiles.residentBytes(leader.pid()));
    }

    /** Seconds from its start until it has applied all that the leader had. */
    private double restartFollower(FenceKvCluster cluster)
            throws IOException, InterruptedException {
        int leader = cluster.leader();
        int follower = (leader + 1) % NODES;
        NodeStatus status = cluster.status(leader);
        if (status == null) {
            throw new IllegalStateException("the leader does not say how far it is");
        }
        say("node " + (follower + 1) + " restarts");
        NodeProcess node = cluster.node(follower);
        node.stop();
        long begin = System.nanoTime();
        node.startAgain();
        while (true) {
            NodeStatus now = cluster.status(follower);
            if (now != null && now.appliedIndex() >= status.appliedIndex()) {
                return (System.nanoTime() - begin) / 1e9;
            }
            node.checkAlive();
            if (System.nanoTime() - begin > CAUGHT_UP_WITHIN_NANOS) {
                throw new IllegalStateException("a restarted node does not catch up");
            }
            Thread.sleep(20);
        }
    }

    private static double micros(LoadResult result, double percentile) {
        Histogram total = result.total();
        return total.getTotalCount() == 0 ? 0 : total.getValueAtPercentile(percentile) / 1e3;
    }

    private static double median(List<Double> seconds) {
        return seconds.stream().sorted().skip(seconds.size() / 2).findFirst().orElse(0.0);
    }
}
