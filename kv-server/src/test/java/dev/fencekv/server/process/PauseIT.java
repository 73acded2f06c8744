package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import dev.fencekv.wire.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes stopped for seconds that wake up believing that nothing happened. */
@Timeout(240)
class PauseIT {
    private static final Duration PATIENCE = JavaProcess.PATIENCE;
    private static final String LOCK = "accounts";
    private static final String KEY = "accounts/balance";

    @RegisterExtension final Processes processes = new Processes();

    private ProcessCluster cluster;

    @BeforeEach
    void startCluster() {
        cluster = ProcessCluster.start(processes);
    }

    @Test
    void aHolderPausedPastItsLeaseCannotOverwriteItsSuccessor() throws InterruptedException {
        KvClient second = cluster.client("worker-2");
        second.setGuard(
                new Guard(
                        Key.of("accounts/"),
                        new LockName(LOCK),
                        GuardRule.STRICT,
                        GuardMode.ENFORCE),
                true);
        JavaProcess zombie = lockHolder("worker-1", "written by worker-1");
        FencingToken old = FencingToken.parse(hear(zombie, "TOKEN"));
        assertThat(hear(zombie, "HELD")).isEqualTo("true");

        zombie.pause();
        FencedLock lock = second.lock(LOCK);
        FencingToken live = lock.lock(Duration.ofSeconds(60));
        assertThat(live).isGreaterThan(old);
        WriteResult written = lock.put(KEY, "written by worker-2");

        zombie.tell("go on"); // It reads that when it wakes.
        zombie.resume();
        assertThat(hear(zombie, "REFUSED"))
                .contains("FENCED SUPERSEDED")
                .contains("shown=" + old)
                .contains("live=" + live)
                .contains("successor=worker-2");

        assertThat(second.get(KEY).record().orElseThrow().token()).isEqualTo(live);
        cluster.awaitEverywhere(KEY, "written by worker-2", written.revision());
        Rejection rejection = second.listRejections(0).get(0);
        assertThat(rejection.key()).contains(Key.of(KEY));
        assertThat(rejection.label().value()).isEqualTo("worker-1");
        assertThat(rejection.violation().reason()).isEqualTo(FenceReason.SUPERSEDED);
        assertThat(rejection.violation().endedRevision()).isPositive();
        assertThat(rejection.enforced()).isTrue();
    }

    private JavaProcess lockHolder(String label, String value) {
        return processes.program(
                label,
                LockHolder.class,
                String.join(",", cluster.endpoints()),
                label,
                LOCK,
                KEY,
                value);
    }

    /** The rest of the line that begins with {@code word}, once it is said. */
    private static String hear(JavaProcess process, String word) {
        return await(process.name() + " says " + word)
                .atMost(PATIENCE)
                .until(
                        () ->
                                process.outLines().stream()
                                        .filter(line -> line.startsWith(word + " "))
                                        .findFirst(),
                        Optional::isPresent)
                .orElseThrow()
                .substring(word.length() + 1);
    }

    @Test
    void aPausedLeaderLosesItsPlaceAndNobodyLosesASession() throws Exception {
        KvClient client =
                cluster.client(cluster.builder("healthy").sessionTtl(Duration.ofSeconds(10)));
        FencedLock lock = client.lock("held");
        FencingToken token = lock.lock(Duration.ofSeconds(60));
        SessionId session = client.session().id().orElseThrow();
        client.put("key", "old");

        int paused = cluster.leader();
        try (NodeReader reader = NodeReader.connect(cluster.endpoint(paused))) {
            cluster.process(paused).pause();
            reader.askLinearizable(Key.of("key")); // It finds that when it wakes.
            int leader = awaitLeaderOtherThan(paused);
            WriteResult written = lock.put("key", "new");

            cluster.process(paused).resume();
            checkNotStale(reader);
            awaitFollower(paused, leader);
            cluster.awaitEverywhere("key", "new", written.revision());
        }
        assertThat(lock.isHeld()).isTrue();
        assertThat(lock.token()).isEqualTo(token);
        assertThat(client.session().id()).hasValue(session);
        assertThat(client.listSessions()).anyMatch(each -> each.id().equals(session));
    }

    /** Refused, or closed, or the new value: only the old one must not come. */
    private static void checkNotStale(NodeReader reader) {
        try {
            Reply reply = reader.receive();
            assertThat(NodeReader.value(reply).orElse("refused")).isIn("refused", "new");
        } catch (IOException e) {
            assertThat(e).as("the node closed the connection").isNotNull();
        }
    }

    private int awaitLeaderOtherThan(int paused) {
        return await("another node leads")
                .atMost(PATIENCE)
                .until(cluster::leaderNow, leader -> leader.filter(l -> l != paused).isPresent())
                .orElseThrow();
    }

    private void awaitFollower(int node, int leader) {
        await("node" + node + " follows")
                .atMost(PATIENCE)
                .until(
                        () ->
                                cluster.status(node)
                                        .filter(now -> now.role() == NodeRole.FOLLOWER)
                                        .filter(
                                                now ->
                                                        now.leader()
                                                                .equals(cluster.endpoint(leader)))
                                        .isPresent());
    }
}
