package dev.fencekv.server.process;

import static dev.fencekv.client.WriteOptions.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteResult;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.PeerHealth;
import dev.fencekv.kv.Value;
import dev.fencekv.server.FreePorts;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What nodes notice of each other and of themselves, and what they do about it. */
@Timeout(600)
class HealthIT {
    private static final Duration PATIENCE = JavaProcess.PATIENCE;
    private static final double GONE = 8;
    private static final int WATCH_SECONDS = Integer.getInteger("health.watch-seconds", 8);

    @RegisterExtension final Processes processes = new Processes();

    private ProcessCluster cluster;
    private KvClient client;

    private void start() {
        cluster = ProcessCluster.startFaulty(processes);
        client = cluster.client("healthy");
    }

    @Test
    void aLeaderWhoseClockIsSetHandsOverAndIsNotFollowed() throws Exception {
        start();
        awaitHealth(0, health -> health.clock() == ClockVerdict.WITHIN);
        WriteResult before = client.put("key", "before");
        int leader = cluster.leader();

        cluster.faults(leader, "clock step 5000");

        awaitLeaderOtherThan(leader);
        awaitHealth(leader, health -> health.clock() == ClockVerdict.OUTSIDE);
        int other = (leader + 1) % cluster.size();
        awaitHealth(
                other,
                health ->
                        health.clock() == ClockVerdict.WITHIN
                                && peer(health, leader).clock() == ClockVerdict.OUTSIDE
                                && peer(health, leader).clockOffsetMicros() > 4_000_000);
        WriteResult after = client.put("key", "after");
        assertThat(after.stamp()).isGreaterThan(before.stamp());
        assertThat(after.stamp().millis()).isLessThan(System.currentTimeMillis() + 1_000);

        cluster.faults(leader);
        awaitHealth(leader, health -> health.clock() == ClockVerdict.WITHIN);
    }

    @Test
    void stampsGrowWhateverTheLeadersClockDoes() throws Exception {
        start();
        HybridTimestamp last = client.put("key", "first").stamp();
        for (String fault :
                List.of(
                        "clock step -5000",
                        "clock freeze",
                        "clock rate 300",
                        "clock rate 20",
                        "clock step 400",
                        "clock step -400")) {
            int leader = cluster.leader();
            cluster.faults(leader, fault);
            for (int i = 0; i < 50; i++) {
                HybridTimestamp stamp = client.put("key", fault + i).stamp();
                assertThat(stamp).as(fault).isGreaterThan(last);
                assertThat(stamp.millis())
                        .as(fault)
                        .isBetween(
                                System.currentTimeMillis() - 1_500,
                                System.currentTimeMillis() + 1_500);
                last = stamp;
                // Time must pass for a wrong speed to show: it is real clocks that are tested.
                Thread.sleep(20);
            }
            cluster.faults(leader);
        }
    }

    @Test
    void aLeaderWhoseDiskAloneIsSlowHandsOver() throws Exception {
        start();
        int leader = cluster.leader();
        cluster.faults(leader, "disk slow 100");

        await("another one leads")
                .atMost(PATIENCE)
                .until(
                        () -> {
                            client.put("key", "value");
                            return cluster.leaderNow().filter(now -> now != leader).isPresent();
                        });

        assertThat(cluster.process(leader).isAlive()).isTrue();
        assertThat(cluster.health(leader).orElseThrow().syncP99Micros()).isGreaterThan(50_000);
    }

    /**
     * Everything takes 180 ms each way, so that heartbeats come ten times as slowly. {@code
     * -Dhealth.watch-seconds=300} watches for longer.
     */
    @Test
    void aSlowNetworkIsLearntAndThenNobodyIsElectedInVain() throws Exception {
        start();
        for (int node = 0; node < cluster.size(); node++) {
            cluster.faults(node, cluster.towardsOthers(node, "delay %s 180 0"));
        }
        for (int node = 0; node < cluster.size(); node++) {
            awaitHealth(node, health -> health.electionTimeoutMs() >= 900);
        }
        cluster.awaitWritable();

        long term = term();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WATCH_SECONDS);
        while (System.nanoTime() - deadline < 0) {
            client.put("key", "value");
        }
        assertThat(term()).isEqualTo(term);
        assertThat(cluster.health(0).orElseThrow().peers())
                .allMatch(peer -> peer.roundTripMicros() > 300_000 && peer.phi() < GONE);
    }

    @Test
    void aNodeThatIsKilledIsSuspectedAndOneThatIsBackIsNot() {
        start();
        int victim = cluster.follower();
        int observer = cluster.leader();
        awaitHealth(observer, health -> peer(health, victim).phi() < 1);

        cluster.kill(victim);
        awaitHealth(observer, health -> peer(health, victim).phi() > GONE);

        cluster.start(victim);
        awaitHealth(observer, health -> peer(health, victim).phi() < 1);
    }

    @Test
    void pausesThatAreShorterThanTheTimeoutAndPausesOfFollowersChangeNothing() throws Exception {
        start();
        FencedLock lock = client.lock("held");
        lock.lock(PATIENCE);
        int leader = cluster.leader();
        long term = term();

        pause(leader, 120);
        lock.put("key", "0");
        for (int node = 0; node < cluster.size(); node++) {
            if (node != leader) {
                pause(node, 2_000);
                lock.put("key", Integer.toString(node));
                awaitHealth(node, health -> health.pauses() > 0 && health.longestPauseMs() > 1_000);
            }
        }

        assertThat(term()).isEqualTo(term);
        assertThat(cluster.leader()).isEqualTo(leader);
        assertThat(lock.isHeld()).isTrue();
    }

    /** Here the engine confirms a leadership by itself, while it holds its locks. */
    @Test
    void aClusterOfOneThatWasPausedGoesOn() throws Exception {
        List<String> addresses = FreePorts.addresses(2);
        JavaProcess node =
                processes.server(
                        "single",
                        List.of(
                                "--dev",
                                "--data-dir",
                                processes.home().resolve("single").toString(),
                                "--client-address",
                                addresses.get(0),
                                "--peer-address",
                                addresses.get(1)));
        KvClient single =
                processes.closing(FenceKv.builder().endpoints(addresses.subList(0, 1)).build());
        await("it takes writes")
                .atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(FenceKvException.class)
                .until(() -> single.put("key", "0").revision() > 0);
        for (int i = 1; i <= 3; i++) {
            node.pause();
            CompletableFuture<WriteResult> sent =
                    single.putAsync(Key.of("key"), Value.of("waits in the socket"), NONE);
            // How long it is stopped is what is tested: longer than half the election timeout.
            Thread.sleep(600);
            node.resume();
            assertThat(sent.get(20, TimeUnit.SECONDS).revision()).isPositive();
            assertThat(single.put("key", "after").revision()).isPositive();
        }
        assertThat(single.health(addresses.get(0)).pauses()).isPositive();
    }

    private void pause(int node, long ms) throws InterruptedException {
        cluster.process(node).pause();
        // The length of the pause is what is tested; a process that is stopped shows nothing.
        Thread.sleep(ms);
        cluster.process(node).resume();
    }

    private long term() {
        return cluster.status(cluster.leader()).map(NodeStatus::term).orElseThrow();
    }

    private void awaitLeaderOtherThan(int node) {
        await("another one than node" + node + " leads")
                .atMost(PATIENCE)
                .until(() -> cluster.leaderNow().filter(now -> now != node).isPresent());
    }

    private void awaitHealth(int node, Predicate<NodeHealth> wanted) {
        await("the health of node" + node)
                .atMost(PATIENCE)
                .until(() -> cluster.health(node).filter(wanted).isPresent());
    }

    private PeerHealth peer(NodeHealth of, int node) {
        return of.peers().stream()
                .filter(peer -> peer.address().equals(cluster.endpoint(node)))
                .findFirst()
                .orElseThrow();
    }
}
