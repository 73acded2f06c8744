package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.ConditionFailedException;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LockBusyException;
import dev.fencekv.client.LockLost;
import dev.fencekv.client.LockState;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.ReadResult;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionInfo;
import dev.fencekv.kv.SettingInfo;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each public operation of the client once, against three real processes. */
@Timeout(240)
class PutEndToEndIT {
    private static final Duration PATIENCE = JavaProcess.PATIENCE;
    private static final Duration LONG_WAIT = Duration.ofSeconds(60);

    @RegisterExtension final Processes processes = new Processes();

    private ProcessCluster cluster;
    private KvClient client;

    @BeforeEach
    void startCluster() {
        cluster = ProcessCluster.start(processes);
        client = cluster.client("first");
    }

    @Test
    void everyOperationOfTheClientDoesWhatItSays() throws InterruptedException {
        recordsAreWrittenUnderConditions();
        staleReadsNameTheirRevision();
        keysEndWithTheSessionTheyBelongTo();
        guardsDemandTheirLock();
        locksAreHandedOverInOrder();
        aRevokedHolderHearsOfIt();
        settingsChangeForAllNodes();
        nodesSayWhatTheyAre();
    }

    private void recordsAreWrittenUnderConditions() {
        Key key = Key.of("record");
        WriteResult created = client.put(key, Value.of("1"), WriteOptions.NONE.ifAbsent());
        assertThat(created.changed()).isTrue();
        assertThatThrownBy(() -> client.put(key, Value.of("x"), WriteOptions.NONE.ifAbsent()))
                .isInstanceOfSatisfying(
                        ConditionFailedException.class,
                        e -> assertThat(e.actualRevision()).isEqualTo(created.revision()));
        WriteResult changed =
                client.put(key, Value.of("2"), WriteOptions.NONE.ifRevision(created.revision()));
        assertThat(changed.stamp()).isGreaterThan(created.stamp());

        Versioned record = client.get("record").record().orElseThrow();
        assertThat(record.value().toUtf8()).isEqualTo("2");
        assertThat(record.version()).isEqualTo(2);
        assertThat(record.createRevision()).isEqualTo(created.revision());
        assertThat(record.modifyRevision()).isEqualTo(changed.revision());
        assertThat(record.stamp()).isEqualTo(changed.stamp());
        assertThat(record.writer()).isEqualTo(client.session().id().orElseThrow());

        assertThatThrownBy(
                        () -> client.delete(key, WriteOptions.NONE.ifRevision(created.revision())))
                .isInstanceOf(ConditionFailedException.class);
        assertThat(client.delete("record").changed()).isTrue();
        assertThat(client.delete("record").changed()).isFalse();
        assertThat(client.get("record").record()).isEmpty();

        KvClient sessionless = cluster.client("sessionless");
        sessionless.put(key, Value.of("3"), WriteOptions.NONE.withoutSession());
        assertThat(sessionless.session().id()).isEmpty();
        assertThat(client.get("record").record().orElseThrow().writer()).isEqualTo(SessionId.NONE);
    }

    private void staleReadsNameTheirRevision() {
        WriteResult written = client.put("stale", "1");
        ReadResult read =
                client.get(Key.of("stale"), ReadOptions.STALE.atLeast(written.revision()));
        assertThat(read.value().orElseThrow().toUtf8()).isEqualTo("1");
        assertThat(read.revision()).isGreaterThanOrEqualTo(written.revision());
        assertThat(read.ageMs()).isNotNegative();
        assertThat(client.lastSeenRevision()).isGreaterThanOrEqualTo(written.revision());
        assertThat(client.lastSeenStamp()).isGreaterThanOrEqualTo(written.stamp());
    }

    private void keysEndWithTheSessionTheyBelongTo() {
        KvClient mortal = cluster.client("mortal");
        mortal.put(Key.of("mortal"), Value.of("1"), WriteOptions.NONE.asEphemeral());
        SessionId session = mortal.session().id().orElseThrow();
        assertThat(client.listSessions())
                .filteredOn(info -> info.id().equals(session))
                .singleElement()
                .satisfies(info -> assertThat(info.keys()).isEqualTo(1))
                .satisfies(info -> assertThat(info.label().value()).isEqualTo("mortal"));
        mortal.close();
        assertThat(client.get("mortal").record()).isEmpty();
        assertThat(client.listSessions().stream().map(SessionInfo::id)).doesNotContain(session);
    }

    private void guardsDemandTheirLock() {
        Guard guard =
                new Guard(
                        Key.of("guarded/"), new LockName("g"), GuardRule.STRICT, GuardMode.ENFORCE);
        FencedLock lock = client.lock("g");
        assertThat(lock.tryLock()).isTrue();
        FencingToken token = lock.token();
        assertThat(client.setGuard(guard, false).changed()).isTrue();

        FencedException refused =
                catchThrowableOfType(
                        FencedException.class, () -> client.put("guarded/a", "no token"));
        assertThat(refused.violations().get(0).reason()).isEqualTo(FenceReason.FENCE_REQUIRED);
        lock.put("guarded/a", "1");
        assertThat(lock.get("guarded/a").value().orElseThrow().toUtf8()).isEqualTo("1");
        assertThat(client.get("guarded/a").record().orElseThrow().token()).isEqualTo(token);

        assertThat(lock.unlock()).isTrue();
        WriteOptions late = WriteOptions.NONE.fence(new Fence(new LockName("g"), token));
        FencedException released =
                catchThrowableOfType(
                        FencedException.class,
                        () -> client.put(Key.of("guarded/a"), Value.of("late"), late));
        assertThat(released.violations().get(0).reason()).isEqualTo(FenceReason.RELEASED);

        List<Rejection> rejections = client.listRejections(0);
        assertThat(rejections).hasSizeGreaterThanOrEqualTo(2);
        assertThat(rejections).allSatisfy(each -> assertThat(each.enforced()).isTrue());
        assertThat(rejections)
                .allSatisfy(each -> assertThat(each.label().value()).isEqualTo("first"));
        assertThat(client.listRejections(rejections.get(rejections.size() - 1).revision()))
                .isEmpty();
        assertThat(client.listGuards()).map(GuardInfo::guard).containsExactly(guard);
        assertThat(client.listGuards().get(0).violations()).isGreaterThanOrEqualTo(2);
        assertThat(client.removeGuard(guard.prefix()).changed()).isTrue();
        assertThat(client.put("guarded/a", "free again").changed()).isTrue();
    }

    private void locksAreHandedOverInOrder() throws InterruptedException {
        KvClient other = cluster.client("second");
        FencedLock mine = client.lock("queue");
        FencedLock theirs = other.lock("queue");
        FencingToken first = mine.lock(LONG_WAIT);
        assertThat(theirs.tryLock()).isFalse();
        assertThatThrownBy(() -> theirs.lock(Duration.ofMillis(300)))
                .isInstanceOf(LockBusyException.class);

        CompletableFuture<FencingToken> waiting = theirs.lockAsync(LONG_WAIT);
        awaitQueue("queue", 1);
        assertThat(waiting).isNotDone();
        LockInfo info = client.inspectLock(new LockName("queue")).orElseThrow();
        assertThat(info.grant().orElseThrow().token()).isEqualTo(first);
        assertThat(info.queue().get(0).label().value()).isEqualTo("second");
        assertThat(client.listLocks()).map(each -> each.name().value()).contains("g", "queue");

        assertThat(mine.unlock()).isTrue();
        FencingToken second = join(waiting);
        assertThat(second).isGreaterThan(first);
        assertThat(theirs.isHeld()).isTrue();
        assertThat(theirs.unlock()).isTrue();
    }

    private void awaitQueue(String lock, int length) {
        await().atMost(PATIENCE)
                .until(
                        () ->
                                client.inspectLock(new LockName(lock))
                                        .filter(info -> info.queue().size() == length)
                                        .isPresent());
    }

    private static <T> T join(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private void aRevokedHolderHearsOfIt() {
        FencedLock lock = client.lock("revoked");
        assertThat(lock.tryLock()).isTrue();
        FencingToken token = lock.token();
        Queue<LockLost> heard = new ConcurrentLinkedQueue<>();
        lock.onLost(heard::add);
        KvClient admin = cluster.client("admin");
        assertThat(admin.revokeLock(lock.name(), FencingToken.NONE).changed()).isTrue();
        FencedException refused =
                catchThrowableOfType(FencedException.class, () -> lock.put("revoked", "late"));
        assertThat(refused.violations().get(0).reason()).isEqualTo(FenceReason.REVOKED);
        await().atMost(PATIENCE).until(() -> !heard.isEmpty());
        assertThat(heard).containsExactly(new LockLost(lock.name(), token, LockLost.Cause.REVOKED));
        assertThat(lock.state()).isEqualTo(LockState.LOST);
        assertThat(lock.unlock()).isFalse();
    }

    private void settingsChangeForAllNodes() {
        SettingInfo before = setting("rejections-max");
        assertThat(client.changeSetting("rejections-max", before.value() + 1).changed()).isTrue();
        assertThat(setting("rejections-max").value()).isEqualTo(before.value() + 1);
        assertThatThrownBy(() -> client.changeSetting("rejections-max", before.min() - 1))
                .hasMessageContaining("INVALID_ARGUMENT");
    }

    private SettingInfo setting(String name) {
        return client.listSettings().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void nodesSayWhatTheyAre() {
        int leader = cluster.leader();
        for (int node = 0; node < cluster.size(); node++) {
            NodeStatus status = client.status(cluster.endpoint(node));
            assertThat(status.address()).isEqualTo(cluster.endpoint(node));
            assertThat(status.leader()).isEqualTo(cluster.endpoint(leader));
            assertThat(status.role())
                    .isEqualTo(node == leader ? NodeRole.LEADER : NodeRole.FOLLOWER);
            assertThat(status.members()).containsExactlyInAnyOrderElementsOf(cluster.endpoints());
        }
    }

    @Test
    void aWaiterGetsItsLockAlsoWhenTheLeaderIsKilled() throws InterruptedException {
        FencedLock held = client.lock("queue");
        FencingToken first = held.lock(LONG_WAIT);
        FencedLock wanted = cluster.client("second").lock("queue");
        CompletableFuture<FencingToken> waiting = wanted.lockAsync(LONG_WAIT);
        awaitQueue("queue", 1);

        int killed = cluster.leader();
        cluster.kill(killed);
        cluster.process(killed);
        await().atMost(PATIENCE).until(() -> cluster.leaderNow().isPresent());
        assertThat(waiting).isNotDone();
        assertThat(held.isHeld()).isTrue();

        assertThat(held.unlock()).isTrue();
        assertThat(join(waiting)).isGreaterThan(first);
        assertThat(wanted.put("behind", "the lock").changed()).isTrue();
        cluster.start(killed);
        cluster.awaitUp(killed);
    }
}
