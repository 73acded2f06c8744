package dev.fencekv.bench.compare;

import dev.fencekv.bench.cluster.Cluster;
import dev.fencekv.bench.cluster.Directories;
import dev.fencekv.bench.cluster.FenceKvCluster;
import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.cluster.Machine;
import dev.fencekv.bench.cluster.NodeProcess;
import dev.fencekv.bench.cluster.Server;
import dev.fencekv.bench.cluster.Signals;
import dev.fencekv.bench.cluster.UsageMeter;
import dev.fencekv.bench.floor.Floor;
import dev.fencekv.bench.floor.FloorProbe;
import dev.fencekv.bench.load.LoadResult;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Operation;
import dev.fencekv.bench.load.Workload;
import dev.fencekv.bench.report.RunReport;
import dev.fencekv.bench.report.SavedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs all stores, in turn, in rounds. Servers and client of a store stay for all rounds, so that
 * their JVMs are warm; while others are measured its servers are stopped by SIGSTOP and its client
 * is disconnected. Owned by one thread.
 */
public final class Comparison implements AutoCloseable {
    private static final int CONNECTIONS = 8;
    private static final int FAILOVER_CONNECTIONS = 3;
    private static final int WARM_UP_OUTSTANDING = 256;
    private static final int PAIR_OUTSTANDING = 256;
    private static final int PORTS_PER_STORE = 100;
    private static final long READY_WITHIN_NANOS = 60_000_000_000L;

    /** A node that was started again is left alone so long; ours also until it has caught up. */
    private static final Duration REJOINED = Duration.ofSeconds(5);

    /** Leaders that were paused may find that they have lost their followers, and elect anew. */
    private static final Duration AWAKE = Duration.ofSeconds(2);

    /**
     * How much of what.
     *
     * @param stores to be compared, FenceKV among them
     * @param firstWarmUp of put with 256 outstanding in a store's first round, unrecorded
     * @param warmUp in its later rounds
     * @param settle of each row's own load before its measured window
     * @param pairs of plain and fenced puts in each of FenceKV's turns
     * @param kills of the leader in the last turn of a store that fails over
     * @param out where every run is saved
     */
    public record Plan(
            List<Store> stores,
            List<Row> rows,
            int rounds,
            Duration firstWarmUp,
            Duration warmUp,
            Duration settle,
            Duration measured,
            int pairs,
            Duration pairMeasured,
            int kills,
            int basePort,
            Path data,
            Path out) {}

    private final Installation installation;
    private final Plan plan;
    private final Consumer<String> progress;
    private final LoadSpec base;
    private final Map<Store, Contender> contenders = new EnumMap<>(Store.class);
    private final Measured measured = new Measured(new ArrayList<>());

    public Comparison(
            Installation installation, Plan plan, LoadSpec base, Consumer<String> progress) {
        this.installation = installation;
        this.plan = plan;
        this.progress = progress;
        this.base = base.withDuration(plan.settle, plan.measured);
    }

    public Measured run() throws IOException, InterruptedException {
        for (int round = 0; round < plan.rounds; round++) {
            say(round, "floor");
            Floor floor = FloorProbe.measure(plan.data);
            Measured.Round results = new Measured.Round(floor);
            measured.rounds().add(results);
            // Each round begins with another one: none always has the same before it.
            List<Store> order = new ArrayList<>(plan.stores);
            Collections.rotate(order, -round);
            for (Store store : order) {
                results.visits().put(store, visit(store, round, floor));
            }
        }
        return measured;
    }

    private void say(int round, String what) {
        progress.accept("round " + (round + 1) + " of " + plan.rounds + ": " + what);
    }

    private Measured.Visit visit(Store store, int round, Floor floor)
            throws IOException, InterruptedException {
        Contender contender = contenders.get(store);
        if (contender == null) {
            say(round, store.text() + " starts");
            contender = new Contender(store);
            contenders.put(store, contender);
        } else {
            say(round, store.text() + " wakes up");
            contender.resume();
        }
        Measured.Visit visit = new Turn(contender, round, floor).run();
        if (round < plan.rounds - 1) {
            contender.pause();
        } else {
            contender.close();
            contenders.remove(store);
        }
        return visit;
    }

    /** A store's servers and client. */
    private final class Contender implements AutoCloseable {
        private final Store store;
        private final Path dir;
        private final Cluster cluster;
        private final DriverProcess driver;

        Contender(Store store) throws IOException, InterruptedException {
            this.store = store;
            this.dir = Files.createTempDirectory(plan.data, store.text());
            int port = plan.basePort + PORTS_PER_STORE * store.ordinal();
            this.cluster =
                    store == Store.FENCEKV
                            ? FenceKvCluster.start(
                                    new FenceKvCluster.Plan(
                                            installation, dir, PeerCluster.NODES, port, List.of()))
                            : PeerCluster.start(store, installation, dir, port);
            Path log = Files.createDirectories(plan.out).resolve(store.text() + "-client.log");
            this.driver = DriverProcess.start(store, installation, log);
        }

        void pause() throws IOException {
            driver.disconnect();
            Signals.pause(pids());
        }

        void resume() throws IOException, InterruptedException {
            Signals.resume(pids());
            Thread.sleep(AWAKE.toMillis());
        }

        private List<Long> pids() {
            return cluster.servers().stream().map(Server::pid).toList();
        }

        @Override
        public void close() {
            driver.close();
            cluster.close();
            try {
                Directories.delete(dir);
            } catch (IOException e) {
                // The workspace, around all of them, is deleted in the end or says why not.
            }
        }
    }

    /** A store's turn in a round. */
    private final class Turn {
        private final Store store;
        private final int round;
        private final Machine machine;
        private final Floor floor;
        private final DriverProcess driver;
        private final Cluster cluster;
        private final Measured.Visit visit;

        Turn(Contender contender, int round, Floor floor) {
            this.store = contender.store;
            this.round = round;
            this.machine = Machine.now(plan.data);
            this.floor = floor;
            this.driver = contender.driver;
            this.cluster = contender.cluster;
            this.visit = new Measured.Visit(cluster.store());
        }

        Measured.Visit run() throws IOException, InterruptedException {
            connectAndLoad();
            warmUp();
            for (Row row : plan.rows) {
                measure(row);
            }
            if (store == Store.FENCEKV) {
                pairs();
            }
            if (store.consensus() && round == plan.rounds - 1) {
                kills();
            }
            return visit;
        }

        private List<String> bestEndpoints() throws IOException {
            if (!store.toldItsLeader()) {
                return cluster.endpoints();
            }
            int leader = cluster.leader();
            if (leader < 0) {
                throw new IOException(store.text() + " has no leader");
            }
            return List.of(cluster.endpoints().get(leader));
        }

        /** A store may have a leader a little before it takes its first write. */
        private void connectAndLoad() throws IOException, InterruptedException {
            long deadline = System.nanoTime() + READY_WITHIN_NANOS;
            while (true) {
                try {
                    driver.connect(bestEndpoints(), CONNECTIONS);
                    driver.load(base.offering(Workload.PUT, 1, 0));
                    return;
                } catch (IOException e) {
                    if (System.nanoTime() - deadline > 0) {
                        throw e;
                    }
                    Thread.sleep(200);
                }
            }
        }

        private void warmUp() throws IOException {
            say(round, store.text() + " warms up");
            driver.run(
                    base.offering(Workload.PUT, WARM_UP_OUTSTANDING, 0)
                            .withDuration(
                                    Duration.ZERO, round == 0 ? plan.firstWarmUp : plan.warmUp),
                    NO_WINDOW);
        }

        private void measure(Row row) throws IOException {
            say(round, store.text() + " " + row.text());
            LoadSpec spec = row.spec(base);
            for (Operation operation : spec.workload().operations()) {
                if (!driver.prepare(operation)) {
                    return;
                }
            }
            if (spec.workload() == Workload.PUT_FENCED) {
                driver.load(spec);
            }
            UsageMeter meter = new UsageMeter(cluster, driver.pid());
            LoadResult result = driver.run(spec, metered(meter));
            RunReport report =
                    RunReport.of(
                            new RunReport.Circumstances(
                                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                                    visit.store(),
                                    cluster.durability(),
                                    cluster.nodes(),
                                    machine),
                            result,
                            meter.usage(result),
                            Optional.of(floor));
            SavedRun.of(report, result).write(runDirectory(plan.out, store, row, round));
            visit.rows().put(row, report);
        }

        private void pairs() throws IOException {
            if (plan.pairs == 0) {
                return;
            }
            say(round, "FenceKV fenced and plain puts in turn");
            LoadSpec plain =
                    base.offering(Workload.PUT, PAIR_OUTSTANDING, 0)
                            .withDuration(Duration.ofMillis(200), plan.pairMeasured);
            LoadSpec fenced = plain.offering(Workload.PUT_FENCED, PAIR_OUTSTANDING, 0);
            driver.prepare(Operation.PUT_FENCED);
            driver.load(fenced);
            driver.run(fenced, NO_WINDOW);
            for (int i = 0; i < plan.pairs; i++) {
                boolean plainFirst = i % 2 == 0;
                double first = driver.run(plainFirst ? plain : fenced, NO_WINDOW).perSecond();
                double second = driver.run(plainFirst ? fenced : plain, NO_WINDOW).perSecond();
                visit.fencedOverPlain().add(plainFirst ? first / second : second / first);
            }
        }

        private void kills() throws IOException, InterruptedException {
            if (plan.kills == 0) {
                return;
            }
            driver.connect(cluster.endpoints(), FAILOVER_CONNECTIONS);
            for (int i = 0; i < plan.kills; i++) {
                say(round, store.text() + " loses its leader");
                int leader = cluster.leader();
                if (leader < 0) {
                    leader = driver.leader(cluster.endpoints());
                }
                NodeProcess node = node(Math.max(0, leader));
                visit.failovers().add(driver.failover(node.pid(), i));
                if (i + 1 < plan.kills) {
                    node.kill();
                    node.startAgain();
                    if (cluster instanceof FenceKvCluster ours) {
                        ours.awaitCaughtUp(Math.max(0, leader));
                    }
                    Thread.sleep(REJOINED.toMillis());
                }
            }
        }

        private NodeProcess node(int n) {
            return cluster instanceof FenceKvCluster ours
                    ? ours.node(n)
                    : ((PeerCluster) cluster).node(n);
        }
    }

    private static final DriverProcess.Window NO_WINDOW =
            new DriverProcess.Window() {
                @Override
                public void begins() {}

                @Override
                public void ended() {}
            };

    private static DriverProcess.Window metered(UsageMeter meter) {
        return new DriverProcess.Window() {
            @Override
            public void begins() {
                meter.windowBegins();
            }

            @Override
            public void ended() {
                meter.windowEnded();
            }
        };
    }

    static Path runDirectory(Path out, Store store, Row row, int round) {
        return out.resolve("runs")
                .resolve(store.text())
                .resolve(row.id())
                .resolve("round-" + (round + 1));
    }

    @Override
    public void close() {
        contenders.values().forEach(Contender::close);
    }
}
