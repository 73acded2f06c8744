package dev.fencekv.server.replication.jraft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.server.command.Member;
import dev.fencekv.server.replication.DataDirectory;
import dev.fencekv.server.replication.jraft.transport.PeerHello;
import dev.fencekv.server.replication.jraft.transport.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerJudgeTest {
    private static final ClusterId CLUSTER = new ClusterId(1, 2);
    private static final ClusterId OTHER = new ClusterId(3, 4);

    @TempDir Path home;

    private final List<String> foreign = new ArrayList<>();
    private long nanos;
    private final JoiningNodes joining = new JoiningNodes(() -> nanos);
    private DataDirectory directory;
    private PeerJudge judge;

    @BeforeEach
    void open() {
        directory = DataDirectory.open(home, "a:1");
        judge =
                new PeerJudge(
                        directory,
                        "a:2",
                        true,
                        joining,
                        (by, reason) -> {},
                        (address, reason) -> foreign.add(address));
    }

    @AfterEach
    void close() {
        directory.close();
    }

    private void form() throws IOException {
        directory.remember(
                CLUSTER,
                1,
                List.of(
                        new Member(directory.identity().nodeId(), "a:1", "a:2"),
                        new Member(7, "b:1", "b:2")));
    }

    private Verdict judged(ClusterId cluster, long nodeId, String address) {
        return judge.judge(hello(cluster, nodeId, address), List.of());
    }

    private static PeerHello hello(ClusterId cluster, long nodeId, String address) {
        return new PeerHello(cluster, nodeId, address, "x:2", 1, 0, cluster.isNone());
    }

    @Test
    void beforeTheClusterIsFormedAnybodyMayCome() {
        assertThat(judged(ClusterId.NONE, 7, "b:1").accepted()).isTrue();
        assertThat(judged(ClusterId.NONE, 8, "x:1").accepted()).isTrue();
    }

    @Test
    void aMemberIsAcceptedAlsoBeforeItKnowsThatItIsOne() throws IOException {
        form();
        assertThat(judged(CLUSTER, 7, "b:1").accepted()).isTrue();
        assertThat(judged(ClusterId.NONE, 7, "b:1").accepted()).isTrue();
    }

    @Test
    void aStrangerNeitherVotesNorLeads() throws IOException {
        form();
        assertThat(judged(ClusterId.NONE, 8, "x:1").reason()).contains("x:1 is no member");
        assertThat(judged(CLUSTER, 8, "x:1").reason()).contains("x:1 is no member");
    }

    @Test
    void aNodeThatLostItsDiskIsRefused() throws IOException {
        form();
        assertThat(judged(ClusterId.NONE, 8, "b:1").reason()).contains("has lost its data");
    }

    @Test
    void whoWasRefusedWithoutAClusterIsRememberedForAWhile() throws IOException {
        form();
        judge.onTurnedAway(hello(ClusterId.NONE, 8, "b:1"));
        judge.onTurnedAway(hello(ClusterId.NONE, 9, "x:1"));
        judge.onTurnedAway(hello(CLUSTER, 10, "y:1"));
        judged(ClusterId.NONE, 11, "x:1");
        assertThat(joining.at("b:1").map(peer -> peer.member().nodeId())).contains(8L);
        assertThat(joining.at("x:1").map(peer -> peer.member().nodeId())).contains(9L);
        assertThat(joining.at("y:1")).isEmpty();
        nanos += 10_000_000_001L;
        assertThat(joining.at("x:1")).isEmpty();
    }

    @Test
    void whoWasLetInDoesNotAskAnyMore() throws IOException {
        judge.onTurnedAway(hello(ClusterId.NONE, 7, "b:1"));
        form();
        assertThat(judged(ClusterId.NONE, 7, "b:1").accepted()).isTrue();
        assertThat(joining.at("b:1")).isEmpty();
    }

    /** A node that lags would else refuse the leader of now, and never hear what it lacks. */
    @Test
    void whoKnowsMembersOfLaterIsAccepted() throws IOException {
        form();
        assertThat(judge.judge(later(CLUSTER, 2), List.of()).accepted()).isTrue();
        assertThat(judge.judge(later(CLUSTER, 1), List.of()).accepted()).isFalse();
        assertThat(judge.judge(later(OTHER, 2), List.of()).accepted()).isFalse();
    }

    private static PeerHello later(ClusterId cluster, long membersIndex) {
        return new PeerHello(cluster, 8, "x:1", "x:2", 1, membersIndex, false);
    }

    @Test
    void aNodeThatWasStartedToFormAClusterDoesNotAskToJoin() throws IOException {
        form();
        judge.onTurnedAway(new PeerHello(ClusterId.NONE, 8, "b:1", "b:2", 1, 0, false));
        assertThat(joining.at("b:1")).isEmpty();
    }

    @Test
    void aCopiedDirectoryIsRefused() throws IOException {
        form();
        assertThat(judged(CLUSTER, 7, "c:1").reason()).contains("was copied");
    }

    @Test
    void anotherClustersNodeIsRefusedAndTold() throws IOException {
        form();
        assertThat(judged(OTHER, 7, "b:1").accepted()).isFalse();
        assertThat(foreign).containsExactly("b:1");
    }
}
