package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LockBusyException;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.TransactionResult;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Transactions, TTLs and removed ranges against three real processes. */
@Timeout(240)
class TransactionIT {
    @RegisterExtension final Processes processes = new Processes();

    private ProcessCluster cluster;
    private KvClient client;

    @BeforeEach
    void startCluster() {
        cluster = ProcessCluster.start(processes);
        client = cluster.client("teller");
    }

    @Test
    void allOfItOrNothingAndFencedAsAWhole() {
        Key from = Key.of("acct/1");
        Key to = Key.of("acct/2");
        FencedLock lock = client.lock("acct");
        client.setGuard(
                new Guard(
                        Key.of("acct/"), new LockName("acct"), GuardRule.STRICT, GuardMode.ENFORCE),
                true);

        // The lock is acquired, and the guarded keys are written, in one step.
        TransactionResult opened =
                client.transaction()
                        .when(Comparison.absent(from))
                        .then(
                                lock.acquisition(),
                                Operation.put(from, Value.of("100")),
                                Operation.put(to, Value.of("0")))
                        .commit();
        assertThat(opened.succeeded()).isTrue();
        assertThat(lock.tryLock()).isTrue();
        assertThat(lock.token()).isEqualTo(opened.result(0, OperationResult.Acquire.class).token());
        KvClient other = cluster.client("another");
        assertThatThrownBy(
                        () ->
                                other.transaction()
                                        .then(
                                                other.lock("acct").acquisition(),
                                                Operation.put(from, Value.of("0")))
                                        .commit())
                .isInstanceOf(LockBusyException.class)
                .hasMessageContaining("operation 1");

        TransactionResult moved =
                lock.transaction()
                        .then(Operation.increment(from, -30), Operation.increment(to, 30))
                        .commit();
        assertThat(moved.result(1, OperationResult.Increment.class).number()).isEqualTo(30);
        assertThat(client.get("acct/1").record().orElseThrow().modifyRevision())
                .isEqualTo(moved.revision());

        Fence late = new Fence(new LockName("acct"), lock.token());
        lock.unlock();
        assertThatThrownBy(
                        () ->
                                client.transaction()
                                        .when(Comparison.exists(Key.of("nothing")))
                                        .then(Operation.put(from, Value.of("0")))
                                        .fence(late)
                                        .commit())
                .isInstanceOf(FencedException.class);
        assertThat(client.get("acct/1").value()).contains(Value.of("70"));
        cluster.checkDigestsEqual();
    }

    @Test
    void aRangeIsRemovedAtOnceOrLeftAlone() {
        for (int i = 0; i < 20; i++) {
            client.put("tmp/" + i, "x");
        }
        client.put("tmq", "stays");
        assertThat(client.deleteRange(KeyRange.prefix("tmp/"), WriteOptions.NONE).number())
                .isEqualTo(20);
        assertThat(client.get("tmp/7").record()).isEmpty();
        assertThat(client.get("tmq").value()).contains(Value.of("stays"));
        assertThatThrownBy(
                        () ->
                                client.transaction()
                                        .then(Operation.append(Key.of("tmq"), Value.of("x")))
                                        .then(Operation.increment(Key.of("n"), Long.MAX_VALUE))
                                        .then(Operation.increment(Key.of("tmr"), 1))
                                        .then(Operation.deleteRange(KeyRange.of("tmq", "tms")))
                                        .commit())
                .isInstanceOf(IllegalArgumentException.class);
        cluster.checkDigestsEqual();
    }

    /** Not before its TTL, and in the end, whoever leads meanwhile. */
    @Test
    void aTtlOutlivesItsLeader() {
        Key key = Key.of("otp");
        Duration ttl = Duration.ofSeconds(3);
        long sentNanos = System.nanoTime();
        client.put(key, Value.of("4711"), WriteOptions.NONE.ttl(ttl));
        client.put(Key.of("other"), Value.of("1"), WriteOptions.NONE.ttl(Duration.ofHours(1)));
        cluster.kill(cluster.leader());

        await("the key ends")
                .atMost(JavaProcess.PATIENCE)
                .until(() -> client.get(key, ReadOptions.LINEARIZABLE).record().isEmpty());
        assertThat(System.nanoTime() - sentNanos).isGreaterThanOrEqualTo(ttl.toNanos());
        assertThat(client.ttl(Key.of("other")).remaining().orElseThrow())
                .isGreaterThan(Duration.ofMinutes(50));
        assertThat(client.expire(key, ttl, WriteOptions.NONE).changed()).isFalse();
        assertThatThrownBy(
                        () ->
                                client.put(
                                        key,
                                        Value.of("1"),
                                        WriteOptions.NONE.ttl(ttl).ifRevision(1)))
                .hasMessageContaining("the key is absent")
                .extracting(failed -> ((FenceKvException) failed).status())
                .isEqualTo(Status.CONDITION_FAILED);
    }
}
