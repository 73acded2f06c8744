package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.CompactedException;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.Watch;
import dev.fencekv.client.WatchBatch;
import dev.fencekv.client.WatchOptions;
import dev.fencekv.kv.EventType;
import dev.fencekv.kv.RecordEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Watches, while nodes go and come. */
@Timeout(240)
class WatchIT {
    private static final int WATCHES = 4;
    private static final Duration PROGRESS = Duration.ofMillis(200);

    @RegisterExtension final Processes processes = new Processes();

    /**
     * One key counts up, another one comes and goes. Each watch must hear each number once, in
     * order, whatever node it hears it from.
     */
    @Test
    void nothingIsLeftOutOrToldTwiceWhileNodesAreKilledAndTheLeaderChanges() throws Exception {
        ProcessCluster cluster = ProcessCluster.start(processes);
        List<Heard<RecordEvent>> all = new CopyOnWriteArrayList<>();
        for (int i = 0; i < WATCHES; i++) {
            KvClient client = cluster.client("watcher-" + i);
            Heard<RecordEvent> heard = new Heard<>();
            all.add(heard);
            client.watch(
                    WatchOptions.prefix("watched/").withPrevious().progress(Duration.ofMillis(200)),
                    heard);
        }
        all.forEach(Heard::awaitBegun);
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong counted = new AtomicLong();
        Thread writer =
                new Thread(
                        () -> {
                            KvClient client = cluster.client("writer");
                            while (!over.get()) {
                                try {
                                    counted.set(client.increment("watched/count", 1));
                                    client.put("unwatched", "x");
                                    if (counted.get() % 3 == 0) {
                                        client.delete("watched/now-and-then");
                                    } else {
                                        client.put("watched/now-and-then", "" + counted.get());
                                    }
                                } catch (FenceKvException e) {
                                    // No leader for a while; exactly once all the same.
                                }
                            }
                        },
                        "writer");
        writer.start();
        for (int round = 0; round < 2; round++) {
            awaitCounted(counted, counted.get() + 50);
            int leader = cluster.leader();
            cluster.kill(leader);
            awaitCounted(counted, counted.get() + 50);
            cluster.start(leader);
            cluster.awaitUp(leader);
            int follower = cluster.follower();
            cluster.stop(follower);
            awaitCounted(counted, counted.get() + 50);
            cluster.start(follower);
            cluster.awaitUp(follower);
        }
        awaitCounted(counted, counted.get() + 50);
        over.set(true);
        writer.join();
        long last = cluster.client("last").increment("watched/count", 1);
        long lastRevision = cluster.client("reader").get("watched/count").revision();
        for (Heard<RecordEvent> heard : all) {
            heard.awaitReached(lastRevision);
            judge(heard, last);
        }
        assertThat(all.stream().map(heard -> List.copyOf(heard.events)).distinct()).hasSize(1);
    }

    private static void awaitCounted(AtomicLong counted, long wanted) {
        await("the writer gets on")
                .atMost(JavaProcess.PATIENCE)
                .until(() -> counted.get() >= wanted);
    }

    private static void judge(Heard<RecordEvent> heard, long last) {
        long number = 0;
        long revision = 0;
        for (RecordEvent event : heard.events) {
            assertThat(event.revision()).isGreaterThanOrEqualTo(revision);
            revision = event.revision();
            if (event.key().toString().equals("watched/count")) {
                number++;
                assertThat(event.type()).isEqualTo(EventType.PUT);
                assertThat(event.record().orElseThrow().value().toUtf8()).isEqualTo("" + number);
                assertThat(event.record().orElseThrow().modifyRevision()).isEqualTo(revision);
                assertThat(event.previous().map(before -> before.value().toUtf8()).orElse("0"))
                        .isEqualTo("" + (number - 1));
            }
        }
        assertThat(number).isEqualTo(last);
    }

    /** One watch at each node; whoever watches at the one that is cut off must turn to another. */
    @Test
    void aNodeThatIsCutOffHoldsUpNoWatch() throws Exception {
        ProcessCluster cluster = ProcessCluster.startFaulty(processes);
        KvClient writer = cluster.client("writer");
        writer.increment("k", 0);
        List<Heard<RecordEvent>> all = new CopyOnWriteArrayList<>();
        for (int node = 0; node < cluster.size(); node++) {
            Heard<RecordEvent> heard = new Heard<>();
            all.add(heard);
            Watch watch =
                    cluster.client(cluster.builderOf("watcher-" + node, node))
                            .watch(WatchOptions.key("k").progress(PROGRESS), heard);
            await().atMost(JavaProcess.PATIENCE).until(() -> watch.nextRevision() > 0);
        }
        for (boolean ofLeader : new boolean[] {false, true}) {
            int cut = ofLeader ? cluster.leader() : cluster.follower();
            cutOff(cluster, cut);
            long counted = count(writer);
            long revision = writer.get("k").revision();
            for (Heard<RecordEvent> heard : all) {
                await("all is told")
                        .atMost(JavaProcess.PATIENCE)
                        .until(() -> heard.reached.get() >= revision);
            }
            for (int node = 0; node < cluster.size(); node++) {
                cluster.faults(node);
            }
            cluster.awaitEverywhere("k", "" + counted, revision);
        }
        for (Heard<RecordEvent> heard : all) {
            assertThat(heard.end).isNull();
            assertThat(heard.events.stream().map(RecordEvent::revision)).doesNotHaveDuplicates();
        }
        assertThat(all.stream().map(heard -> List.copyOf(heard.events)).distinct()).hasSize(1);
    }

    private static void cutOff(ProcessCluster cluster, int cut) throws Exception {
        for (int node = 0; node < cluster.size(); node++) {
            cluster.faults(
                    node,
                    node == cut
                            ? cluster.towardsOthers(node, "cut %s")
                            : new String[] {"cut " + cluster.peerAddress(cut)});
        }
    }

    private static long count(KvClient writer) {
        while (true) {
            try {
                return writer.increment("k", 1);
            } catch (FenceKvException e) {
                // No leader for a while.
            }
        }
    }

    /** What left the window is not there any more, on no node, and that is said. */
    @Test
    void whatLeftHistoryIsSaidToBeGone() {
        ProcessCluster cluster = ProcessCluster.start(processes);
        KvClient client = cluster.client("client");
        client.changeSetting("history-revisions", 10);
        for (int i = 0; i < 30; i++) {
            client.put("k", "v" + i);
        }
        Heard<RecordEvent> heard = new Heard<>();
        client.watch(WatchOptions.key("k").from(1), heard);
        await().atMost(JavaProcess.PATIENCE).until(() -> heard.end != null);
        assertThat(heard.end).isInstanceOf(CompactedException.class);
        long oldest = ((CompactedException) heard.end).oldestRevision();

        Heard<RecordEvent> rest = new Heard<>();
        client.watch(WatchOptions.key("k").from(oldest + 1), rest);
        await().atMost(JavaProcess.PATIENCE).until(() -> rest.events.size() >= 9);
        assertThat(rest.events.get(0).revision()).isEqualTo(oldest + 1);
    }

    /** A listener that blocks holds up nobody, and is told all of it later. */
    @Test
    void aSlowListenerPausesAndThenHearsEverything() throws Exception {
        ProcessCluster cluster = ProcessCluster.start(processes);
        KvClient client = cluster.client("client");
        String value = "x".repeat(20_000);
        CountDownLatch released = new CountDownLatch(1);
        Heard<RecordEvent> heard =
                new Heard<>() {
                    @Override
                    public void onEvents(WatchBatch<RecordEvent> batch) {
                        try {
                            released.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        super.onEvents(batch);
                    }
                };
        Watch watch = cluster.client("slow").watch(WatchOptions.prefix("big/"), heard);
        await().atMost(JavaProcess.PATIENCE).until(() -> watch.nextRevision() > 0);
        int count = 1_000;
        for (int i = 0; i < count; i++) {
            client.put("big/" + i, value);
        }
        assertThat(heard.events).isEmpty();
        released.countDown();
        await().atMost(JavaProcess.PATIENCE).until(() -> heard.events.size() >= count);
        assertThat(heard.events.stream().map(event -> event.key().toString()).toList())
                .isEqualTo(
                        java.util.stream.IntStream.range(0, count)
                                .mapToObj(i -> "big/" + i)
                                .toList());
    }
}
