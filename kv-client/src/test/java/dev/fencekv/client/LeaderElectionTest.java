package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class LeaderElectionTest extends ClientFixture {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final String LOCK = "election/jobs";

    private static String valueOf(Optional<Leader> leader) {
        return leader.map(who -> who.value().toUtf8() + " by " + who.token()).orElse("nobody");
    }

    @Test
    void theElectedOneProclaimsItselfWithItsToken() throws Exception {
        FakeNode node = node();
        LeaderElection election = client(node).election("jobs");
        assertThat(valueOf(election.leader())).isEqualTo("nobody");

        FencingToken token = election.campaign(Value.of("host-1"), LONG);

        assertThat(election.isLeader()).isTrue();
        assertThat(election.token()).isEqualTo(token).isEqualTo(store.holder(LOCK));
        Request.Put put = node.received(Request.Put.class).get(0);
        assertThat(put.ephemeral()).isTrue();
        assertThat(put.fences()).hasSize(1);
        assertThat(valueOf(client(node).election("jobs").leader())).isEqualTo("host-1 by 33");
        election.proclaim(Value.of("host-1, ready"));
        assertThat(valueOf(election.leader())).isEqualTo("host-1, ready by 33");
    }

    @Test
    void whoResignsLeavesNothingAndTheNextIsElected() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        LeaderElection first = client.election("jobs");
        LeaderElection second = client.election("jobs");
        first.campaign(Value.of("one"), LONG);
        CompletableFuture<FencingToken> campaign = second.campaignAsync(Value.of("two"), LONG);
        eventually(() -> store.queued(LOCK) == 1);
        assertThat(second.isLeader()).isFalse();

        assertThat(first.resign()).isTrue();

        assertThat(get(campaign)).isEqualTo(new FencingToken(34));
        assertThat(valueOf(first.leader())).isEqualTo("two by 34");
        assertThat(first.isLeader()).isFalse();
        assertThatThrownBy(first::resign).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> first.proclaim(Value.of("still me")))
                .isInstanceOf(IllegalStateException.class);
        second.resign();
        assertThat(valueOf(first.leader())).isEqualTo("nobody");
    }

    @Test
    void aDeposedLeaderIsToldAndCannotProclaim() throws Exception {
        LeaderElection election = client(node()).election("jobs");
        List<LockLost> lost = new CopyOnWriteArrayList<>();
        election.onLost(lost::add);
        election.campaign(Value.of("one"), LONG);

        store.grantToStranger(LOCK);

        assertThatThrownBy(() -> election.proclaim(Value.of("still me")))
                .isInstanceOf(FencedException.class);
        eventually(() -> lost.size() == 1);
        assertThat(lost.get(0).token()).isEqualTo(new FencingToken(33));
        assertThat(election.isLeader()).isFalse();
        assertThat(valueOf(election.leader()))
                .as("the new one has not proclaimed, and the old value is not its")
                .isEqualTo("nobody");
        eventually(() -> election.token().isNone());
        CompletableFuture<FencingToken> again = election.campaignAsync(Value.of("back"), LONG);
        eventually(() -> store.queued(LOCK) == 1);
        store.revoke(LOCK);
        assertThat(get(again)).isEqualTo(new FencingToken(35));
    }

    @Test
    void whoIsElectedButCannotProclaimDoesNotLead() {
        FakeNode node = node();
        node.next(
                Opcode.PUT,
                ask -> {
                    store.grantToStranger(LOCK);
                    node.answer(ask);
                });
        LeaderElection election = client(node).election("jobs");
        assertThat(failure(election.campaignAsync(Value.of("one"), LONG)))
                .isInstanceOf(FencedException.class);
        eventually(() -> !election.isLeader() && election.token().isNone());
        assertThat(valueOf(election.leader())).isEqualTo("nobody");
    }

    @Test
    void aCandidateThatWithdrawsLeavesTheQueue() {
        FakeNode node = node();
        store.grantToStranger(LOCK);
        LeaderElection election = client(node).election("jobs");
        CompletableFuture<FencingToken> campaign = election.campaignAsync(Value.of("one"), LONG);
        assertThatThrownBy(() -> election.campaignAsync(Value.of("twice"), LONG))
                .isInstanceOf(IllegalStateException.class);
        eventually(() -> store.queued(LOCK) == 1);
        campaign.cancel(false);
        eventually(() -> store.queued(LOCK) == 0);
    }

    @Test
    void observersHearOfEachLeaderOnce() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        LeaderElection election = client.election("jobs");
        List<String> heard = new CopyOnWriteArrayList<>();
        try (LeaderElection.Observation watching =
                client(node)
                        .election("jobs")
                        .observe(Duration.ofMillis(10), leader -> heard.add(valueOf(leader)))) {
            assertThat(watching).isNotNull();
            eventually(() -> heard.equals(List.of("nobody")));
            election.campaign(Value.of("one"), LONG);
            eventually(() -> heard.equals(List.of("nobody", "one by 33")));
            election.proclaim(Value.of("two"));
            eventually(() -> heard.size() == 3);
            election.resign();
            eventually(() -> heard.size() == 4);
        }
        assertThat(heard).containsExactly("nobody", "one by 33", "two by 33", "nobody");
    }

    @Test
    void theRecordCanBeGuarded() {
        KvClient client = client(node());
        client.election("jobs").guard();
        assertThat(client.listGuards())
                .hasSize(1)
                .allSatisfy(
                        info -> {
                            assertThat(info.guard().prefix()).hasToString(LOCK);
                            assertThat(info.guard().lock().value()).isEqualTo(LOCK);
                        });
    }
}
