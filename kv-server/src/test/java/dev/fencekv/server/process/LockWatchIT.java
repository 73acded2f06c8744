package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.CompactedException;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LeaderElection;
import dev.fencekv.client.LockBusyException;
import dev.fencekv.client.LockWatchOptions;
import dev.fencekv.client.RejectionWatchOptions;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockEventType;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Watches of locks and of rejections, while nodes go and come. */
@Timeout(240)
class LockWatchIT {
    private static final int WATCHES = 3;
    private static final int HOLDERS = 3;
    private static final LockName LOCK = new LockName("hands");
    private static final Duration PROGRESS = Duration.ofMillis(200);

    @RegisterExtension final Processes processes = new Processes();

    private final AtomicBoolean over = new AtomicBoolean();

    /** Of the grants that their holders have been told of. */
    private final Set<FencingToken> acknowledged = new ConcurrentSkipListSet<>();

    private final List<Throwable> failures = new CopyOnWriteArrayList<>();

    /**
     * One lock changes hands, and each who had it writes once more when he has given it back, which
     * is refused. Nobody else is granted anything: so the tokens of its grants are 1, 2, 3 and so
     * on, and a watch that leaves one out or tells one twice shows it.
     */
    @Test
    void nothingIsLeftOutOrToldTwiceWhileALockChangesHandsAndNodesAreKilled() throws Exception {
        ProcessCluster cluster = ProcessCluster.start(processes);
        List<Heard<LockEvent>> locks = new ArrayList<>();
        List<Heard<Rejection>> rejections = new ArrayList<>();
        for (int i = 0; i < WATCHES; i++) {
            KvClient client = cluster.client("watcher-" + i);
            Heard<LockEvent> ofLock = new Heard<>();
            Heard<Rejection> ofRejections = new Heard<>();
            client.watchLocks(
                    LockWatchOptions.lock(LOCK.value()).withQueue().progress(PROGRESS), ofLock);
            client.watchRejections(
                    RejectionWatchOptions.ALL.keys("late/").progress(PROGRESS), ofRejections);
            locks.add(ofLock);
            rejections.add(ofRejections);
        }
        locks.forEach(Heard::awaitBegun);
        rejections.forEach(Heard::awaitBegun);
        List<Thread> holders = new ArrayList<>();
        for (int i = 0; i < HOLDERS; i++) {
            KvClient client = cluster.client("holder-" + i);
            Thread holder = new Thread(() -> holdAndGiveBack(client), "holder-" + i);
            holder.setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
            holders.add(holder);
            holder.start();
        }
        for (int round = 0; round < 2; round++) {
            awaitGrants(20);
            int leader = cluster.leader();
            cluster.kill(leader);
            awaitGrants(20);
            cluster.start(leader);
            cluster.awaitUp(leader);
            int follower = cluster.follower();
            cluster.stop(follower);
            awaitGrants(20);
            cluster.start(follower);
            cluster.awaitUp(follower);
        }
        awaitGrants(20);
        over.set(true);
        for (Thread holder : holders) {
            holder.join();
        }
        assertThat(failures).isEmpty();
        KvClient last = cluster.client("last");
        long revision = last.put("end", "x").revision();
        for (Heard<LockEvent> heard : locks) {
            heard.awaitReached(revision);
            judge(heard.events);
        }
        assertThat(locks.stream().map(heard -> List.copyOf(heard.events)).distinct()).hasSize(1);
        List<Rejection> listed =
                last.listRejections(0).stream()
                        .filter(LockWatchIT::isLate)
                        .map(LockWatchIT::asRecordedFirst)
                        .toList();
        assertThat(listed).hasSizeGreaterThan(50);
        for (Heard<Rejection> heard : rejections) {
            heard.awaitReached(revision);
            assertThat(heard.events).isEqualTo(listed);
        }
    }

    private void holdAndGiveBack(KvClient client) {
        while (!over.get()) {
            FencedLock lock = client.lock(LOCK.value());
            try {
                FencingToken token = lock.lock(Duration.ofSeconds(60));
                acknowledged.add(token);
                lock.put("in-time/" + token, "x");
                lock.unlock();
                writeLate(client, token);
            } catch (LockBusyException e) {
                // Not within a minute: nobody waits for it any more.
            } catch (FenceKvException e) {
                // No leader for a while: what has become of it is settled in the background.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static void writeLate(KvClient client, FencingToken token) {
        try {
            client.put(
                    Key.of("late/" + token),
                    Value.of("x"),
                    WriteOptions.NONE.fence(new Fence(LOCK, token)));
            throw new AssertionError("a write under a token that was given back");
        } catch (FencedException e) {
            // As it must be.
        }
    }

    private static boolean isLate(Rejection rejection) {
        return rejection.key().filter(key -> key.startsWith(Key.of("late/"))).isPresent();
    }

    private static Rejection asRecordedFirst(Rejection rejection) {
        return new Rejection(
                rejection.revision(),
                rejection.at(),
                rejection.session(),
                rejection.label(),
                rejection.key(),
                rejection.violation(),
                rejection.enforced(),
                1);
    }

    private void awaitGrants(int more) {
        int wanted = acknowledged.size() + more;
        await("the lock changes hands")
                .atMost(JavaProcess.PATIENCE)
                .until(() -> acknowledged.size() >= wanted);
    }

    /** Each grant ends before the next one begins; whoever was told of a grant is among them. */
    private void judge(List<LockEvent> events) {
        long token = 0;
        boolean held = false;
        long revision = 0;
        for (LockEvent event : events) {
            assertThat(event.lock()).isEqualTo(LOCK);
            assertThat(event.revision()).isGreaterThanOrEqualTo(revision);
            revision = event.revision();
            if (event.type().isOfQueue()) {
                continue;
            }
            boolean grants = event.type() == LockEventType.GRANTED;
            assertThat(held).as("%s", event).isEqualTo(!grants);
            token += grants ? 1 : 0;
            held = grants;
            assertThat(event.token()).isEqualTo(new FencingToken(token));
        }
        assertThat(acknowledged).isNotEmpty();
        assertThat(events.stream().map(LockEvent::token)).containsAll(acknowledged);
    }

    /**
     * A node that loses what it knew of locks says so; what it knows of rejections is replicated.
     */
    @Test
    void whatLeftHistoryIsSaidToBeGone() throws Exception {
        ProcessCluster cluster = ProcessCluster.start(processes);
        KvClient client = cluster.client("client");
        FencedLock lock = client.lock(LOCK.value());
        FencingToken token = lock.lock(Duration.ofSeconds(60));
        lock.unlock();
        writeLate(client, token);
        client.changeSetting("history-revisions", 5);
        for (int i = 0; i < 30; i++) {
            client.put("k", "v" + i);
        }
        Heard<LockEvent> heard = new Heard<>();
        client.watchLocks(LockWatchOptions.lock(LOCK.value()).from(1), heard);
        await().atMost(JavaProcess.PATIENCE).until(() -> heard.end != null);
        assertThat(heard.end).isInstanceOf(CompactedException.class);

        Heard<Rejection> rejections = new Heard<>();
        client.watchRejections(RejectionWatchOptions.ALL.from(1), rejections);
        await().atMost(JavaProcess.PATIENCE).until(() -> rejections.events.size() == 1);
    }

    /** Candidates lead one after the other while the node that leads the cluster dies. */
    @Test
    void observersOfAnElectionHearWhoLeadsWhateverNodeTheyAsk() throws Exception {
        ProcessCluster cluster = ProcessCluster.start(processes);
        List<List<String>> all = new ArrayList<>();
        for (int i = 0; i < WATCHES; i++) {
            List<String> heard = new CopyOnWriteArrayList<>();
            all.add(heard);
            cluster.client("observer-" + i)
                    .election("jobs")
                    .observe(
                            leader ->
                                    heard.add(
                                            leader.map(each -> each.value().toUtf8())
                                                    .orElse("nobody")));
        }
        all.forEach(heard -> awaitLast(heard, "nobody"));
        LeaderElection first = cluster.client("first").election("jobs");
        first.campaign(Value.of("first"), Duration.ofSeconds(60));
        all.forEach(heard -> awaitLast(heard, "first"));
        cluster.kill(cluster.leader());
        LeaderElection second = cluster.client("second").election("jobs");
        CompletableFuture<FencingToken> elected =
                second.campaignAsync(Value.of("second"), Duration.ofSeconds(60));
        first.resign();
        elected.join();
        all.forEach(heard -> awaitLast(heard, "second"));
        second.resign();
        all.forEach(heard -> awaitLast(heard, "nobody"));
    }

    private static void awaitLast(List<String> heard, String wanted) {
        await("observers hear of " + wanted)
                .atMost(JavaProcess.PATIENCE)
                .until(() -> !heard.isEmpty() && heard.get(heard.size() - 1).equals(wanted));
    }
}
