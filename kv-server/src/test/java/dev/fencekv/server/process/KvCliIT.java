package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.fencekv.cli.KvCli;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.Value;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** kvcli against three real processes: rejections as they come, and what they mean. */
@Timeout(240)
class KvCliIT {
    private static final Duration LONG_WAIT = Duration.ofSeconds(60);

    @RegisterExtension final Processes processes = new Processes();

    private ProcessCluster cluster;
    private KvClient client;

    @BeforeEach
    void startCluster() {
        cluster = ProcessCluster.start(processes);
        client = cluster.client("worker-2");
    }

    private JavaProcess kvcli(String name, String... words) {
        List<String> all =
                new ArrayList<>(List.of("--endpoints", String.join(",", cluster.endpoints())));
        all.addAll(List.of(words));
        return processes.program(name, KvCli.class, all.toArray(String[]::new));
    }

    private JavaProcess follow() {
        return kvcli(
                "follow",
                "--timeout",
                "2s",
                "rejections",
                "--follow",
                "--interval",
                "100ms",
                "-o",
                "json");
    }

    /** What it has shown, without what the client logs in tests. */
    private static List<String> rows(JavaProcess follow) {
        return follow.outLines().stream().filter(line -> line.startsWith("{")).toList();
    }

    private static String awaitRow(JavaProcess follow, int number) {
        await("row " + number)
                .atMost(JavaProcess.PATIENCE)
                .failFast("it ended", () -> !follow.isAlive())
                .until(() -> rows(follow).size() >= number);
        return rows(follow).get(number - 1);
    }

    private static void awaitSaid(JavaProcess follow, String words) {
        await("it says " + words).atMost(JavaProcess.PATIENCE).until(() -> said(follow, words) > 0);
    }

    private static long said(JavaProcess follow, String words) {
        return follow.errLines().stream().filter(line -> line.contains(words)).count();
    }

    private static String explained(JavaProcess explain) {
        assertThat(explain.awaitExit()).as(explain.lastWords()).isZero();
        return String.join("\n", explain.outLines());
    }

    @Test
    void aZombieIsShownAsItComesAndExplained() throws InterruptedException {
        client.setGuard(
                new Guard(
                        Key.of("accounts/"),
                        new LockName("accounts"),
                        GuardRule.STRICT,
                        GuardMode.ENFORCE),
                true);
        JavaProcess follow = follow();
        JavaProcess zombie =
                processes.program(
                        "worker-1",
                        LockHolder.class,
                        String.join(",", cluster.endpoints()),
                        "worker-1",
                        "accounts",
                        "accounts/balance",
                        "late");
        await().atMost(JavaProcess.PATIENCE)
                .until(() -> zombie.outLines().stream().anyMatch(l -> l.startsWith("HELD ")));
        zombie.pause();
        FencingToken live = client.lock("accounts").lock(LONG_WAIT);
        zombie.tell("go on");
        zombie.resume();

        assertThat(awaitRow(follow, 1))
                .contains("\"reason\":\"SUPERSEDED\"")
                .contains("\"live\":\"" + live + "\",\"label\":\"worker-1\"");
        Rejection rejection = client.listRejections(0).get(0);
        String id = Long.toString(rejection.revision());
        assertThat(explained(kvcli("explain", "explain", id)))
                .contains("Rejection " + id + ": SUPERSEDED, the write was refused")
                .contains("worker-1 (session " + rejection.session() + ") tried to write key")
                .contains("Guards that ask for it: accounts/ (strict, enforce).")
                .contains("had ended at revision " + rejection.violation().endedRevision())
                .contains("token " + live + ", held by worker-2.")
                .contains("A zombie writer");
        assertThat(explained(kvcli("json", "explain", id, "-o", "json")))
                .contains("\"ended\":\"EXPIRED\"")
                .contains("\"holder\":\"worker-2\"");
        assertThat(kvcli("unknown", "explain", "1").awaitExit()).isEqualTo(1);
        follow.terminate();
        assertThat(follow.awaitExit()).isZero();
    }

    @Test
    void followingGoesOnOverTheLossOfTheLeaderAndOfTheMajority() throws InterruptedException {
        KvClient writer =
                cluster.client(cluster.builder("worker-1").sessionTtl(Duration.ofMinutes(2)));
        FencedLock lock = writer.lock("disk");
        assertThat(lock.tryLock()).isTrue();
        WriteOptions late = WriteOptions.NONE.fence(new Fence(lock.name(), lock.token()));
        client.revokeLock(lock.name(), FencingToken.NONE);
        JavaProcess follow = follow();
        refused(writer, late);
        assertThat(awaitRow(follow, 1)).contains("REVOKED").contains("\"repeats\":1}");

        int first = cluster.leader();
        cluster.kill(first);
        cluster.awaitWritable();
        refused(writer, late);
        assertThat(awaitRow(follow, 2)).contains("REVOKED").contains("\"repeats\":2}");

        int second = cluster.leader();
        cluster.kill(second);
        awaitSaid(follow, "Still asking");
        cluster.start(first);
        cluster.start(second);
        cluster.awaitWritable();
        awaitSaid(follow, "the cluster answers again");
        refused(writer, late);
        assertThat(awaitRow(follow, 3)).contains("REVOKED").contains("\"repeats\":3}");
        assertThat(said(follow, "Still asking")).isEqualTo(said(follow, "answers again"));
    }

    @Test
    void numbersAndValuesGrowOverTheWire() {
        assertThat(explained(kvcli("incr-1", "incr", "visits", "41"))).endsWith("41");
        assertThat(explained(kvcli("incr-2", "incr", "visits"))).endsWith("42");
        assertThat(explained(kvcli("append", "append", "visits", "0"))).endsWith("3 bytes");
        assertThat(client.increment("visits", 1)).isEqualTo(421);
        assertThatThrownBy(
                        () ->
                                client.increment(
                                        Key.of("visits"),
                                        1,
                                        WriteOptions.NONE.fence(
                                                new Fence(
                                                        new LockName("disk"),
                                                        new FencingToken(99)))))
                .isInstanceOf(FencedException.class);
        cluster.checkDigestsEqual();
    }

    @Test
    void aGateLetsNoOlderHolderIn() throws InterruptedException {
        FencedLock first = client.lock("nightly");
        String old = first.lock(LONG_WAIT).toString();
        assertThat(explained(kvcli("gate-1", "gate", "admit", "tape0", "nightly", old)))
                .endsWith("admitted");
        first.unlock();
        String live = client.lock("nightly").lock(LONG_WAIT).toString();
        assertThat(explained(kvcli("gate-2", "gate", "admit", "tape0", "nightly", old)))
                .as("the new holder has not been there yet")
                .endsWith("admitted");
        assertThat(explained(kvcli("gate-3", "gate", "admit", "tape0", "nightly", live)))
                .endsWith("admitted");

        JavaProcess late = kvcli("gate-4", "gate", "admit", "tape0", "nightly", old);
        assertThat(late.awaitExit()).isEqualTo(1);
        assertThat(said(late, "FENCED")).isPositive();
        assertThat(explained(kvcli("gates", "gate", "list", "-o", "json")))
                .contains("\"mark\":\"" + live + "\"")
                .contains("\"refused\":1}");
        assertThat(explained(kvcli("rejections", "rejections", "-o", "json")))
                .contains("\"lock\":\"nightly\",\"shown\":\"" + old);
        cluster.checkDigestsEqual();
    }

    @Test
    void changesAreWatchedFromARevisionOnAndAsTheyCome() {
        String first = Long.toString(client.put("orders/1", "new").revision());
        client.put("customers/1", "x");
        client.put("orders/1", "paid");
        JavaProcess past =
                kvcli("past", "watch", "orders/", "--from", first, "--prev", "--count", "2");
        assertThat(explained(past).lines().filter(line -> line.contains(" orders/1 ")))
                .satisfiesExactly(
                        line -> assertThat(line).startsWith(first).endsWith(" put orders/1 new -"),
                        line -> assertThat(line).endsWith(" put orders/1 paid new"));

        JavaProcess deletes =
                kvcli("deletes", "watch", "", "--from", first, "--events", "delete", "-o", "json");
        client.delete("orders/1");
        assertThat(awaitRow(deletes, 1)).contains("\"type\":\"delete\",\"key\":\"orders/1\"");
        assertThat(rows(deletes)).hasSize(1);
    }

    @Test
    void aNodeWithoutItsDiskIsReplacedByCommandsAlone() throws IOException {
        int leader = cluster.leader();
        int wiped = (leader + 1) % cluster.size();
        int other = (leader + 2) % cluster.size();
        String address = cluster.peerAddress(wiped);
        cluster.kill(wiped);
        Processes.delete(cluster.directory(wiped));
        JavaProcess early = kvcli("early", "member", "add", "127.0.0.1:1", "--timeout", "5s");
        assertThat(early.awaitExit()).isEqualTo(3);
        assertThat(said(early, "no new node has asked to join from 127.0.0.1:1")).isPositive();

        cluster.startJoining(wiped);
        assertThat(explained(kvcli("remove", "member", "remove", address)))
                .contains("OK " + address + " is no member any more");
        assertThat(explained(kvcli("add", "member", "add", address)))
                .contains("OK " + address + " is a voter");
        assertThat(explained(kvcli("list", "member", "list", "-o", "json")))
                .contains(
                        "\"peer\":\""
                                + address
                                + "\",\"client\":\""
                                + cluster.endpoint(wiped)
                                + "\",\"wanted\":\"voter\",\"actual\":\"voter\"");
        assertThat(explained(kvcli("transfer", "member", "transfer", cluster.peerAddress(other))))
                .contains(cluster.peerAddress(leader) + " leads no more");
        assertThat(cluster.leader()).isEqualTo(other);
        cluster.checkDigestsEqual();
    }

    /** One and the same session, lock and token each time. */
    private static void refused(KvClient writer, WriteOptions late) {
        assertThatThrownBy(() -> writer.put(Key.of("disk/7"), Value.of("late"), late))
                .isInstanceOf(FencedException.class);
    }
}
