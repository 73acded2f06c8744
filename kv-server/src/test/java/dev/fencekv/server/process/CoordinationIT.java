package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FencedException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.FencedReadWriteLock;
import dev.fencekv.client.FencedSemaphore;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.Leader;
import dev.fencekv.client.LeaderElection;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Value;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Elections, readers and writers, semaphores and reclaiming on three real processes: the node that
 * leads is killed while they are held and waited for, and holders are stopped or killed. Whoever is
 * granted what another had gets a higher token.
 */
@Timeout(300)
class CoordinationIT {
    /** Longer than the test: nothing here ends because somebody waited too long. */
    private static final Duration WAIT = Duration.ofMinutes(10);

    @RegisterExtension final Processes processes = new Processes();

    private ProcessCluster cluster;
    private KvClient observer;

    /** Invariant: higher than all tokens granted before. */
    private FencingToken newest = FencingToken.NONE;

    @BeforeEach
    void startCluster() {
        cluster = ProcessCluster.start(processes);
        observer = cluster.client("observer of locks");
    }

    @Test
    void anElectionGoesOnWhenTheNodeThatLeadsAndTheElectedAreLost() {
        String election = "shard-7";
        LockName name = new LockName("election/" + election);
        Key record = Key.of(name.value());
        JavaProcess first = participant("candidate-1", "leader", election);
        FencingToken led = risen(hear(first, "TOKEN"));
        LeaderElection second = cluster.client("candidate-2").election(election);
        LeaderElection third = cluster.client("candidate-3").election(election);
        second.guard();
        CompletableFuture<FencingToken> secondElected =
                second.campaignAsync(Value.of("candidate-2"), WAIT);
        awaitWaiters(name, 1);
        CompletableFuture<FencingToken> thirdElected =
                third.campaignAsync(Value.of("candidate-3"), WAIT);
        awaitWaiters(name, 2);

        int killed = killLeader();
        first.tell("proclaim candidate-1-still");
        assertThat(hear(first, "WROTE")).isEqualTo("proclaim candidate-1-still");
        assertThat(leader(election).token()).isEqualTo(led);
        assertThat(leader(election).value().toUtf8()).isEqualTo("candidate-1-still");
        assertThat(secondElected).isNotDone();
        assertThat(waiters(name)).isEqualTo(2);

        first.pause();
        FencingToken successor = risen(secondElected);
        first.tell("proclaim candidate-1-late"); // It finds that when it wakes.
        first.resume();
        assertThat(hear(first, "REFUSED")).isNotEmpty();
        assertThatThrownBy(
                        () ->
                                observer.put(
                                        record,
                                        Value.of("late"),
                                        WriteOptions.NONE.fence(new Fence(name, led))))
                .isInstanceOf(FencedException.class)
                .hasMessageContaining("SUPERSEDED")
                .hasMessageContaining("shown=" + led)
                .hasMessageContaining("live=" + successor)
                .hasMessageContaining("successor=candidate-2");
        assertThatThrownBy(() -> observer.put(record.toString(), "by nobody"))
                .hasMessageContaining("FENCE_REQUIRED");
        assertThat(leader(election).value().toUtf8()).isEqualTo("candidate-2");
        assertThat(leader(election).token()).isEqualTo(successor);

        assertThat(thirdElected).isNotDone();
        assertThat(second.resign()).isTrue();
        FencingToken last = risen(thirdElected);
        assertThat(leader(election).token()).isEqualTo(last);
        comeBack(killed);
    }

    @Test
    void readersAndTheQueueBehindThemOutliveTheNodeThatLeads() {
        LockName name = new LockName("doc");
        Key key = Key.of("doc/1");
        observer.put("doc/1", "old");
        FencedLock first = reader("reader-1");
        FencedLock second = reader("reader-2");
        FencingToken shared = risen(first.lockAsync(WAIT));
        FencingToken alsoShared = risen(second.lockAsync(WAIT));
        FencedReadWriteLock third = cluster.client("writer").readWriteLock("doc");
        CompletableFuture<FencingToken> writing = third.writeLock().lockAsync(WAIT);
        awaitWaiters(name, 1);
        CompletableFuture<FencingToken> readingLater = reader("reader-3").lockAsync(WAIT);
        awaitWaiters(name, 2);

        int killed = killLeader();
        assertThat(tokens(name)).containsExactly(shared, alsoShared);
        assertThat(third.writeLock().place().orElseThrow().holders())
                .extracting(holder -> holder.grant().token())
                .containsExactly(shared, alsoShared);
        assertThat(first.get("doc/1").value()).contains(Value.of("old"));
        assertThat(first.unlock()).isTrue();
        assertThat(second.get("doc/1").value()).contains(Value.of("old"));
        // One reader is left: neither the writer nor who stands behind him may come in.
        assertThat(writing).isNotDone();
        assertThat(readingLater).isNotDone();
        assertThat(second.unlock()).isTrue();

        FencingToken exclusive = risen(writing);
        assertThat(tokens(name)).containsExactly(exclusive);
        third.writeLock().put("doc/1", "new");
        assertThatThrownBy(
                        () ->
                                observer.get(
                                        key,
                                        ReadOptions.LINEARIZABLE.fence(new Fence(name, shared))))
                .isInstanceOf(FencedException.class)
                .hasMessageContaining("SUPERSEDED");
        assertThat(readingLater).isNotDone();
        assertThat(third.writeLock().unlock()).isTrue();
        FencingToken sharedLater = risen(readingLater);
        assertThat(tokens(name)).containsExactly(sharedLater);
        comeBack(killed);
    }

    private FencedLock reader(String label) {
        return cluster.client(label).readWriteLock("doc").readLock();
    }

    @Test
    void permitsOutliveTheNodeThatLeadsAndPassOnWhenTheirHolderIsKilled() {
        LockName name = new LockName("pool");
        JavaProcess first = participant("worker-1", "permit", "pool");
        FencingToken lost = risen(hear(first, "TOKEN"));
        FencedSemaphore pool = cluster.client("worker-2").semaphore("pool", 2);
        FencedLock second = pool.permit();
        FencingToken kept = risen(second.lockAsync(WAIT));
        FencedLock third = pool.permit();
        assertThat(third.tryLock()).isFalse();
        CompletableFuture<FencingToken> waiting = third.lockAsync(WAIT);
        awaitWaiters(name, 1);

        int killed = killLeader();
        first.tell("put pool/1 by-worker-1");
        assertThat(hear(first, "WROTE")).isEqualTo("put pool/1 by-worker-1");
        second.put("pool/2", "by-worker-2");
        assertThat(tokens(name)).containsExactly(lost, kept);
        assertThat(waiting).isNotDone();

        first.kill();
        FencingToken passedOn = risen(waiting);
        assertThat(tokens(name)).containsExactly(kept, passedOn);
        assertThatThrownBy(
                        () ->
                                observer.put(
                                        Key.of("pool/1"),
                                        Value.of("late"),
                                        WriteOptions.NONE.fence(new Fence(name, lost))))
                .isInstanceOf(FencedException.class)
                .hasMessageContaining("shown=" + lost);
        second.put("pool/2", "still");
        third.put("pool/1", "by-worker-3");
        assertThat(observer.get("pool/1").record().orElseThrow().token()).isEqualTo(passedOn);
        comeBack(killed);
    }

    @Test
    void whoWasStoppedReclaimsExactlyIfNobodyWasThereMeanwhile() {
        LockName name = new LockName("job");
        JavaProcess worker = participant("worker-1", "lock", "job");
        FencingToken first = risen(hear(worker, "TOKEN"));
        worker.tell("put job/step 1");
        hear(worker, "WROTE");

        worker.pause();
        int killed = killLeader();
        awaitExpired(name, first);
        worker.tell("reclaim");
        worker.resume();
        FencingToken second = risen(hear(worker, "RECLAIMED"));
        worker.tell("put job/step 2");
        await("the work goes on")
                .atMost(JavaProcess.PATIENCE)
                .until(() -> observer.get("job/step").value().equals(Optional.of(Value.of("2"))));
        assertThat(observer.get("job/step").record().orElseThrow().token()).isEqualTo(second);

        worker.pause();
        FencedLock other = cluster.client("worker-2").lock("job");
        FencingToken between = risen(other.lockAsync(WAIT));
        other.put("job/step", "3");
        assertThat(other.unlock()).isTrue();
        worker.tell("reclaim");
        worker.resume();
        assertThat(hear(worker, "REFUSED"))
                .contains("FENCED SUPERSEDED")
                .contains("shown=" + second)
                .contains("successor=worker-2");
        assertThat(observer.get("job/step").record().orElseThrow().token()).isEqualTo(between);

        // Another process goes on with the work of the one that was there last.
        FencedLock heir = cluster.client("worker-3").lock("job");
        assertThatThrownBy(() -> heir.reclaim(first)).isInstanceOf(FencedException.class);
        risen(heir.reclaimAsync(between));
        comeBack(killed);
    }

    private void awaitExpired(LockName name, FencingToken token) {
        await("token " + token + " of " + name + " expires")
                .atMost(JavaProcess.PATIENCE)
                .until(
                        () ->
                                observer.inspectLock(name).stream()
                                        .flatMap(lock -> lock.ended().stream())
                                        .filter(past -> past.token().equals(token))
                                        .map(EndedGrant::how)
                                        .anyMatch(FenceReason.EXPIRED::equals));
    }

    // --- what they share -----------------------------------------------------------------------

    private JavaProcess participant(String label, String kind, String name) {
        return processes.program(
                label, Participant.class, String.join(",", cluster.endpoints()), label, kind, name);
    }

    /** The rest of the line that begins with {@code word}, once it is said. */
    private static String hear(JavaProcess process, String word) {
        return await(process.name() + " says " + word)
                .atMost(JavaProcess.PATIENCE)
                .failFast(process.name() + " ended", () -> !process.isAlive())
                .until(
                        () ->
                                process.outLines().stream()
                                        .filter(line -> line.startsWith(word + " "))
                                        .findFirst(),
                        Optional::isPresent)
                .orElseThrow()
                .substring(word.length() + 1);
    }

    private FencingToken risen(CompletableFuture<FencingToken> grant) {
        return risen(grant.orTimeout(JavaProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS).join());
    }

    private FencingToken risen(String token) {
        return risen(FencingToken.parse(token));
    }

    private FencingToken risen(FencingToken token) {
        assertThat(token).isGreaterThan(newest);
        newest = token;
        return token;
    }

    private int killLeader() {
        int leader = cluster.leader();
        cluster.kill(leader);
        cluster.awaitWritable();
        return leader;
    }

    private void comeBack(int killed) {
        cluster.start(killed);
        cluster.awaitUp(killed);
        cluster.checkDigestsEqual();
    }

    private Leader leader(String election) {
        return observer.election(election).leader().orElseThrow();
    }

    private List<FencingToken> tokens(LockName name) {
        return observer.listHolders(name).stream()
                .map(HolderInfo::grant)
                .map(grant -> grant.token())
                .toList();
    }

    private int waiters(LockName name) {
        return observer.inspectLock(name).map(LockInfo::waiters).orElse(0);
    }

    private void awaitWaiters(LockName name, int count) {
        await(count + " wait for " + name)
                .atMost(JavaProcess.PATIENCE)
                .until(() -> waiters(name) == count);
    }
}
