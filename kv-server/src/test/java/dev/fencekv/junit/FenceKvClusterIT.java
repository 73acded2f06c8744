package dev.fencekv.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Rejection;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The extension as users use it: three nodes in this JVM, which come and go. */
@Timeout(120)
@FenceKvCluster(nodes = 3)
class FenceKvClusterIT {
    @Test
    void eachClientHasASessionOfItsOwn(KvClient ann, KvClient bob) {
        assertThat(ann.lock("stock").tryLock()).isTrue();
        assertThat(bob.lock("stock").tryLock()).isFalse();
        assertThat(ann.session().id()).isNotEqualTo(bob.session().id());
    }

    @Test
    void evidenceNamesClientsAsTheTestDoes(KvClient late, KvClient winner, KvClient admin) {
        FencedLock lock = late.lock("evidence");
        assertThat(lock.tryLock()).isTrue();
        admin.revokeLock(lock.name(), FencingToken.NONE);
        assertThat(winner.lock("evidence").tryLock()).isTrue();

        assertThatThrownBy(() -> lock.put("evidence/1", "late"))
                .isInstanceOf(FencedException.class);

        Rejection rejection = admin.listRejections(0).get(0);
        assertThat(rejection.label().value()).isEqualTo("late");
        assertThat(rejection.violation().successor().value()).isEqualTo("winner");
    }

    @Test
    void theOthersGoOnWithoutTheLeader(FenceKvTestCluster cluster, KvClient client) {
        int first = cluster.awaitLeader();
        client.put("leader/1", "before");

        cluster.stop(first);

        assertThat(cluster.isRunning(first)).isFalse();
        client.put("leader/2", "after");
        assertThat(cluster.awaitLeader()).isNotEqualTo(first);
        cluster.restart(first);
        assertThat(client.get("leader/1").value().orElseThrow().toUtf8()).isEqualTo("before");
    }

    @Test
    void withoutAMajorityNothingIsWrittenUntilItIsBack(FenceKvTestCluster cluster) {
        int leader = cluster.awaitLeader();
        KvClient client =
                cluster.newClient(cluster.clientBuilder().requestTimeout(Duration.ofSeconds(1)));
        client.put("majority", "1");
        cluster.stop((leader + 1) % 3);
        cluster.stop((leader + 2) % 3);

        assertThatThrownBy(() -> client.put("majority", "2")).isInstanceOf(FenceKvException.class);

        cluster.restart((leader + 1) % 3);
        cluster.awaitLeader();
        assertThat(client.get(Key.of("majority"), ReadOptions.LINEARIZABLE).record()).isPresent();
    }

    @Nested
    class InNestedClasses {
        @Test
        void theClusterIsTheSame(FenceKvTestCluster cluster) {
            assertThat(cluster.size()).isEqualTo(3);
            for (int node = 0; node < cluster.size(); node++) {
                assertThat(cluster.isRunning(node)).as("restarted after each test").isTrue();
            }
        }
    }
}
