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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
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
    void whoseCampaignHasFailedMayStandAgainAtOnce() {
        FakeNode node = node();
        ManualTime time = new ManualTime();
        LeaderElection election = client(time, node).election("jobs");
        for (Opcode opcode : List.of(Opcode.PUT, Opcode.DELETE, Opcode.RELEASE)) {
            node.next(opcode, ask -> {}); // The cluster falls silent.
        }
        assertThat(failure(time, election.campaignAsync(Value.of("one"), LONG)))
                .isInstanceOf(OutcomeUnknownException.class);

        CompletableFuture<FencingToken> again = election.campaignAsync(Value.of("two"), LONG);

        node.disconnectAll();
        eventually(time, again::isDone);
        assertThat(valueOf(election.leader())).isEqualTo("two by " + again.join());
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
    void aCandidateThatItsCallerTimesOutLeavesTheQueue() {
        FakeNode node = node();
        store.grantToStranger(LOCK);
        LeaderElection election = client(node).election("jobs");
        CompletableFuture<FencingToken> campaign = election.campaignAsync(Value.of("one"), LONG);
        eventually(() -> store.queued(LOCK) == 1);
        campaign.orTimeout(1, TimeUnit.MILLISECONDS);
        eventually(() -> store.queued(LOCK) == 0);
        assertThat(failure(campaign)).isInstanceOf(TimeoutException.class);
    }

    @Test
    void whoHasLostTheLeadWhileItResignsIsToldSo() throws Exception {
        FakeNode node = node();
        LeaderElection election = client(node).election("jobs");
        CompletableFuture<LockLost> lost = new CompletableFuture<>();
        election.onLost(lost::complete);
        election.campaign(Value.of("one"), LONG);
        AtomicReference<FakeNode.Ask> delete = new AtomicReference<>();
        node.next(Opcode.DELETE, delete::set);
        CompletableFuture<Boolean> resigned = election.resignAsync();
        eventually(() -> delete.get() != null);
        store.grantToStranger(LOCK);
        assertThat(failure(election.proclaimAsync(Value.of("late"))))
                .isInstanceOf(FencedException.class);
        get(lost);
        eventually(() -> election.token().isNone());
        node.answer(delete.get());
        assertThat(get(resigned)).isFalse();
    }

    @Test
    void observersHearOfEachLeaderOnce() throws Exception {
        FakeNode node = node();
        KvClient client = client(node);
        LeaderElection election = client.election("jobs");
        List<String> heard = new CopyOnWriteArrayList<>();
        try (LeaderElection.Observation watching =
                client(node).election("jobs").observe(leader -> heard.add(valueOf(leader)))) {
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

    /** A revoked lead leaves its record behind: only the lock tells. */
    @Test
    void observersHearThatALeadWasRevoked() throws Exception {
        FakeNode node = node();
        List<String> heard = new CopyOnWriteArrayList<>();
        client(node).election("jobs").observe(leader -> heard.add(valueOf(leader)));
        LeaderElection election = client(node).election("jobs");
        election.campaign(Value.of("one"), LONG);
        eventually(() -> heard.contains("one by 33"));
        store.revoke(LOCK);
        eventually(() -> heard.get(heard.size() - 1).equals("nobody"));
    }

    @Test
    void observersAskNothingWhileNothingChanges() throws Exception {
        FakeNode node = node();
        List<String> heard = new CopyOnWriteArrayList<>();
        KvClient client = client(node);
        client.election("jobs").observe(leader -> heard.add(valueOf(leader)));
        eventually(() -> heard.equals(List.of("nobody")) && store.watches() == 2);
        client.election("others").campaign(Value.of("two"), LONG);
        int asked = node.received(Opcode.INSPECT_LOCK).size();
        client.election("jobs").campaign(Value.of("one"), LONG);
        eventually(() -> heard.size() == 2);
        assertThat(node.received(Opcode.INSPECT_LOCK).size() - asked)
                .as("once for the grant, once for the record, or once for both")
                .isBetween(1, 3);
    }

    @Test
    void observersHearOfWhatHappenedWhileTheyWereCutOff() throws Exception {
        FakeNode node = node();
        List<String> heard = new CopyOnWriteArrayList<>();
        client(node).election("jobs").observe(leader -> heard.add(valueOf(leader)));
        eventually(() -> heard.equals(List.of("nobody")) && store.watches() == 2);
        node.disconnectAll();
        store.forgetHistory();
        client(node).election("jobs").campaign(Value.of("one"), LONG);
        store.forgetHistory();
        eventually(() -> heard.contains("one by 33"));
    }

    @Test
    void anObserverThatLeavesIsToldNothingMore() throws Exception {
        FakeNode node = node();
        List<String> heard = new CopyOnWriteArrayList<>();
        LeaderElection.Observation watching =
                client(node).election("jobs").observe(leader -> heard.add(valueOf(leader)));
        eventually(() -> heard.equals(List.of("nobody")) && store.watches() == 2);
        watching.close();
        eventually(() -> store.watches() == 0);
        client(node).election("jobs").campaign(Value.of("one"), LONG);
        assertThat(heard).containsExactly("nobody");
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
