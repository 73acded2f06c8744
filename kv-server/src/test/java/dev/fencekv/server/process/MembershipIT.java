package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.KvClient;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.NodeRole;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes that come and go while the cluster takes writes. */
@Timeout(240)
class MembershipIT {
    private static final int SPARE = 3;

    @RegisterExtension final Processes processes = new Processes();

    private static Optional<MemberInfo> member(KvClient client, String peerAddress) {
        return client.listMembers().stream()
                .filter(member -> member.peerAddress().equals(peerAddress))
                .findFirst();
    }

    private static void awaitRole(KvClient client, String peerAddress, MemberRole role) {
        await(peerAddress + " is " + role)
                .atMost(JavaProcess.PATIENCE)
                .ignoreExceptionsInstanceOf(FenceKvException.class)
                .until(
                        () ->
                                member(client, peerAddress)
                                        .map(it -> it.isSettled() && it.actual() == role)
                                        .orElse(role == MemberRole.NONE));
    }

    private static void place(KvClient client, String peerAddress, MemberRole role) {
        client.placeMember(peerAddress, role);
        awaitRole(client, peerAddress, role);
    }

    private static void fill(KvClient client, String prefix, int count) {
        for (int i = 0; i < count; i++) {
            client.put(prefix + i, "value " + i);
        }
    }

    private static void assertSaid(JavaProcess process, String words) {
        await(process.name() + " says " + words)
                .atMost(JavaProcess.PATIENCE)
                .until(() -> process.errLines().stream().anyMatch(line -> line.contains(words)));
    }

    @Test
    void aNewNodeTakesTheLeadersPlace() throws IOException {
        ProcessCluster cluster = ProcessCluster.startWithSpare(processes);
        KvClient client = cluster.client("operator");
        fill(client, "before/", 300);
        cluster.startJoining(SPARE);
        assertSaid(cluster.process(SPARE), "waiting to be let in");
        assertThat(cluster.status(SPARE).orElseThrow().revision()).isZero();

        place(client, cluster.peerAddress(SPARE), MemberRole.VOTER);
        int leader = cluster.leader();
        place(client, cluster.peerAddress(leader), MemberRole.NONE);
        assertThat(cluster.process(leader).awaitExit()).isEqualTo(1);
        assertSaid(cluster.process(leader), "the cluster refuses this node");

        // Of the three that are left, two: the new one votes.
        int other = (leader + 1) % SPARE;
        cluster.kill(other);
        fill(client, "after/", 50);
        cluster.start(other);
        cluster.awaitUp(other);
        cluster.checkDigestsEqual();
        assertThat(cluster.status(SPARE).orElseThrow().members())
                .hasSize(3)
                .contains(cluster.endpoint(SPARE))
                .doesNotContain(cluster.endpoint(leader));
        // What was removed stays out with its old directory, and may come back with none.
        cluster.start(leader);
        assertThat(cluster.process(leader).awaitExit()).isEqualTo(1);
        Processes.delete(cluster.directory(leader));
        client.transferLeadership(cluster.peerAddress(SPARE));
        await().atMost(JavaProcess.PATIENCE).until(() -> cluster.leader() == SPARE);
        cluster.startJoining(leader);
        // It applies the log from its first entry on, where the leader of now is a stranger.
        place(client, cluster.peerAddress(leader), MemberRole.VOTER);
        cluster.checkDigestsEqual();
    }

    @Test
    void aNodeThatLostItsDiskComesBackAsAnotherOne() throws IOException {
        ProcessCluster cluster = ProcessCluster.start(processes, "--snapshot-entries", "100");
        KvClient client = cluster.client("operator");
        fill(client, "k/", 400);
        int wiped = cluster.follower();
        String address = cluster.peerAddress(wiped);
        long idBefore = member(client, address).orElseThrow().nodeId();
        cluster.kill(wiped);
        Processes.delete(cluster.directory(wiped));
        cluster.startJoining(wiped);
        assertSaid(cluster.process(wiped), "has lost its data");
        assertThatThrownBy(() -> client.placeMember(address, MemberRole.VOTER))
                .hasMessageContainingAll("has lost its data", "kvcli member remove " + address);

        place(client, address, MemberRole.NONE);
        // It has nothing but the snapshot to begin with.
        place(client, address, MemberRole.VOTER);
        assertThat(member(client, address).orElseThrow().nodeId()).isNotEqualTo(idBefore);
        cluster.checkDigestsEqual();
        assertThat(cluster.process(wiped).isAlive()).isTrue();
    }

    @Test
    void aVoterIsNotLetGoWhileTheOthersCouldNotElect() {
        ProcessCluster cluster = ProcessCluster.start(processes);
        KvClient client = cluster.client("operator");
        int leader = cluster.leader();
        int dead = (leader + 1) % cluster.size();
        int needed = (leader + 2) % cluster.size();
        cluster.kill(dead);
        await("the leader finds it dead")
                .atMost(JavaProcess.PATIENCE)
                .until(
                        () ->
                                member(client, cluster.peerAddress(dead))
                                        .filter(it -> it.behindEntries() == MemberInfo.NOT_KNOWN)
                                        .isPresent());
        assertThatThrownBy(() -> client.placeMember(cluster.peerAddress(needed), MemberRole.NONE))
                .hasMessageContainingAll(
                        "of the voters that would remain", cluster.peerAddress(dead));
        place(client, cluster.peerAddress(dead), MemberRole.NONE);
        client.put("of two", "both are needed");
    }

    /** The engine starts no election timer on a node that starts as a learner. */
    @Test
    void aLearnerThatWasMadeAVoterStandsForElection() {
        ProcessCluster cluster = ProcessCluster.startWithOne(processes);
        KvClient client = cluster.client("operator");
        for (int node : List.of(1, 2)) {
            cluster.startJoining(node);
        }
        place(client, cluster.peerAddress(1), MemberRole.VOTER);
        place(client, cluster.peerAddress(2), MemberRole.LEARNER);
        await().atMost(JavaProcess.PATIENCE)
                .until(() -> cluster.status(2).orElseThrow().role() == NodeRole.LEARNER);
        cluster.kill(2);
        cluster.startJoining(2);
        cluster.awaitUp(2);
        place(client, cluster.peerAddress(2), MemberRole.VOTER);

        client.transferLeadership(cluster.peerAddress(0));
        await().atMost(JavaProcess.PATIENCE).until(() -> cluster.leader() == 0);
        // Only node 2 has all that was acknowledged when nodes 1 and 2 are left.
        cluster.kill(1);
        fill(client, "only on two/", 20);
        cluster.kill(0);
        cluster.start(1);
        assertThat(cluster.leader()).isEqualTo(2);
        assertThat(client.get("only on two/19").record()).isPresent();
    }
}
