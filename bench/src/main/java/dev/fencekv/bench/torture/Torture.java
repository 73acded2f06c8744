package dev.fencekv.bench.torture;

import dev.fencekv.bench.cluster.FenceKvCluster;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** One run: starts nodes and clients, lets the faults happen, and gathers what is to be judged. */
public final class Torture {
    private static final Key LIVENESS = Key.of("after-the-faults");
    private static final long DIGESTS_WITHIN_NANOS = 30_000_000_000L;
    private static final Duration WRITES_WITHIN = Duration.ofSeconds(10);
    private static final int WARM_UP_MS = 2_000;
    private static final int AFTER_MS = 2_000;

    private final TorturePlan plan;
    private final Consumer<String> say;

    private Torture(TorturePlan plan, Consumer<String> say) {
        this.plan = plan;
        this.say = say;
    }

    /** Throws if the run itself cannot be made; what is wrong with the store is in the report. */
    public static TortureReport run(TorturePlan plan, Consumer<String> say)
            throws IOException, InterruptedException {
        return new Torture(plan, say).run();
    }

    private TortureReport run() throws IOException, InterruptedException {
        Files.createDirectories(plan.out());
        long startNanos = System.nanoTime();
        FenceKvCluster.Plan nodes =
                new FenceKvCluster.Plan(
                        plan.installation().with(FaultFiles.JVM_OPTION),
                        plan.data(),
                        plan.nodes(),
                        plan.basePort(),
                        List.of());
        List<ClientProcess> clients = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        try (FenceKvCluster cluster = FenceKvCluster.start(nodes)) {
            guardTheSet(cluster.admin());
            for (int number = 1; number <= plan.clients(); number++) {
                Path file = plan.out().resolve("client-" + number + ".jsonl");
                files.add(file);
                clients.add(
                        ClientProcess.start(number, cluster.endpoints(), plan, startNanos, file));
            }
            Thread.sleep(WARM_UP_MS);
            Nemesis nemesis = nemesis(cluster, clients);
            List<Happening> happenings =
                    nemesis.run(Schedule.of(plan.seed(), plan.duration(), plan.faults()));
            double writableAfterMs = awaitWrites(cluster.admin());
            Thread.sleep(AFTER_MS);
            for (ClientProcess client : clients) {
                if (!client.isAlive()) {
                    throw new IllegalStateException(
                            client.name() + " has ended by itself: see its log");
                }
                client.end();
            }
            MergedHistory history = MergedHistory.of(files);
            Endstate end = endstate(cluster, history);
            return new TortureReport(
                    plan,
                    startNanos,
                    happenings,
                    nemesis.endedByThemselves(),
                    nemesis.replaced(),
                    history,
                    end,
                    writableAfterMs);
        } finally {
            clients.forEach(ClientProcess::close);
            keepLogs();
        }
    }

    private void keepLogs() throws IOException {
        for (int n = 1; n <= plan.nodes(); n++) {
            Path log = plan.data().resolve("node" + n).resolve("server.log");
            if (Files.exists(log)) {
                Files.copy(
                        log,
                        plan.out().resolve("node-" + n + ".log"),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private void guardTheSet(KvClient admin) {
        if (plan.tokens()) {
            admin.setGuard(
                    new Guard(
                            LockedSet.GUARDED_PREFIX,
                            LockedSet.LOCK,
                            GuardRule.STRICT,
                            GuardMode.ENFORCE),
                    true);
        }
    }

    private Nemesis nemesis(FenceKvCluster cluster, List<ClientProcess> clients) {
        List<Path> dirs =
                IntStream.range(0, plan.nodes()).mapToObj(n -> cluster.node(n).dir()).toList();
        return new Nemesis(cluster, cluster.peerAddresses(), clients, new FaultFiles(dirs), say);
    }

    /** Milliseconds until a write was acknowledged; -1 if none was. */
    private static double awaitWrites(KvClient admin) {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < WRITES_WITHIN.toNanos()) {
            try {
                admin.put(LIVENESS, Value.of("yes"), WriteOptions.NONE);
                return (System.nanoTime() - begin) / 1e6;
            } catch (FenceKvException e) {
                sleep(20);
            }
        }
        return -1;
    }

    /**
     * What there is in the end.
     *
     * @param set the elements of the set, as it says
     * @param versions of the keys that each one client counts with
     * @param registers each key's last value, read once more by a client that did nothing else
     * @param digests what each node has at one entry; empty if they never agreed on one in time
     */
    record Endstate(
            List<String> set,
            TreeMap<String, Long> versions,
            TreeMap<String, Optional<String>> registers,
            List<Long> digests) {}

    private Endstate endstate(FenceKvCluster cluster, MergedHistory history)
            throws InterruptedException {
        KvClient admin = cluster.admin();
        String set =
                admin.get(LockedSet.SET, ReadOptions.LINEARIZABLE)
                        .value()
                        .map(Value::toUtf8)
                        .orElse("");
        TreeMap<String, Long> versions = new TreeMap<>();
        TreeMap<String, Optional<String>> registers = new TreeMap<>();
        for (String key : new TreeSet<>(history.keys())) {
            Optional<Versioned> record = admin.get(Key.of(key), ReadOptions.LINEARIZABLE).record();
            if (key.startsWith(Registers.COUNTED_PREFIX)) {
                versions.put(key, record.map(Versioned::version).orElse(0L));
            } else if (key.startsWith(Registers.PREFIX)) {
                registers.put(key, record.map(each -> each.value().toUtf8()));
            }
        }
        return new Endstate(
                set.isEmpty() ? List.of() : List.of(set.split(" ")),
                versions,
                registers,
                digests(cluster));
    }

    /**
     * Each node tells its digest at what it has applied: an entry that all have told is waited for.
     */
    private List<Long> digests(FenceKvCluster cluster) throws InterruptedException {
        List<TreeMap<Long, Long>> told = new ArrayList<>();
        for (int n = 0; n < plan.nodes(); n++) {
            told.add(new TreeMap<>());
        }
        long deadline = System.nanoTime() + DIGESTS_WITHIN_NANOS;
        while (System.nanoTime() - deadline < 0) {
            for (int n = 0; n < plan.nodes(); n++) {
                NodeStatus status = cluster.status(n);
                if (status != null) {
                    told.get(n).put(status.digestIndex(), status.digest());
                }
            }
            TreeSet<Long> common = new TreeSet<>(told.get(0).keySet());
            told.forEach(each -> common.retainAll(each.keySet()));
            if (!common.isEmpty() && common.last() > 0) {
                return told.stream().map(each -> each.get(common.last())).toList();
            }
            Thread.sleep(10);
        }
        return List.of();
    }

    /** For threads that have nothing to do when they are interrupted. */
    static void sleep(int ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
