package dev.fencekv.server.replication.jraft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Status;
import dev.fencekv.server.FreePorts;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.replication.PoisonedException;
import dev.fencekv.server.replication.RecordedCompletion;
import dev.fencekv.server.replication.StartRefusedException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SingleNodeTest {
    @TempDir Path directory;

    private final List<String> peers = FreePorts.addresses(1);
    private final String address = peers.get(0);

    private Replica ready(boolean bootstrap) {
        Replica replica = new Replica(directory, address, peers, bootstrap);
        await().until(replica::isReady);
        return replica;
    }

    @Test
    void whatWasAcknowledgedIsReadAndSurvivesARestart() {
        long digest;
        try (Replica replica = ready(true)) {
            Outcome put = replica.putOk("a", "1");
            assertThat(put.status()).isEqualTo(Status.OK);
            assertThat(replica.tryRead("a").join()).isEqualTo("1");
            assertThat(replica.replicator.cluster().isNone()).isFalse();
            digest = replica.digest();
        }
        try (Replica again = ready(true)) {
            assertThat(again.tryRead("a").join()).isEqualTo("1");
            assertThat(again.digest()).isEqualTo(digest);
            assertThat(again.fatal).isEmpty();
        }
    }

    @Test
    void aReadIsNotServedBeforeTheOldLogIsApplied() {
        try (Replica replica = ready(true)) {
            for (int i = 0; i < 300; i++) {
                replica.put("k" + i, "v");
            }
            replica.putOk("last", "1");
        }
        try (Replica again = new Replica(directory, address, peers, false)) {
            // Whenever it answers, it answers with all that was acknowledged before.
            await().until(
                            () -> {
                                try {
                                    assertThat(again.tryRead("last").join()).isEqualTo("1");
                                    return true;
                                } catch (RuntimeException e) {
                                    return false;
                                }
                            });
        }
    }

    /** Alone it would be its own majority. */
    @Test
    void anEmptyDirectoryWithoutBootstrapLeadsNobody() throws InterruptedException {
        try (Replica replica = new Replica(directory, address, peers, false)) {
            // That nothing happens shows only by waiting: three election timeouts.
            Thread.sleep(1_200);
            assertThat(replica.replicator.leadership().leaderPeer()).isEmpty();
            assertThat(replica.replicator.cluster()).isEqualTo(ClusterId.NONE);
            assertThat(replica.fatal).isEmpty();
        }
    }

    @Test
    void twoNodesCannotShareADirectory() {
        try (Replica replica = ready(true)) {
            assertThatThrownBy(() -> new Replica(directory, address, peers, true))
                    .isInstanceOf(StartRefusedException.class)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void aDirectoryDoesNotMoveToAnotherAddress() {
        ready(true).close();
        List<String> elsewhere = FreePorts.addresses(1);
        assertThatThrownBy(() -> new Replica(directory, elsewhere.get(0), elsewhere, false))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContaining(address);
    }

    @Test
    void anEntryThatCannotBeAppliedStopsTheNodeForGood() {
        try (Replica replica = ready(true)) {
            replica.putOk("a", "1");
            RecordedCompletion raise = replica.propose(new Command.RaiseLevel(99));
            assertThat(raise.await().fate()).isEqualTo(RecordedCompletion.Fate.UNKNOWN);
            await().until(() -> !replica.fatal.isEmpty());
            assertThat(replica.fatal).hasSize(1);
            assertThat(replica.fatal.get(0)).contains("feature level to 99", "newer release");
            assertThatThrownBy(() -> replica.local("a")).isInstanceOf(PoisonedException.class);
        }
        try (Replica again = new Replica(directory, address, peers, false)) {
            await().until(() -> !again.fatal.isEmpty());
            assertThat(again.put("b", "1").await().fate())
                    .isEqualTo(RecordedCompletion.Fate.REFUSED);
        }
    }
}
