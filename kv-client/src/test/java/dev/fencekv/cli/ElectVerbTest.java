package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.Leader;
import dev.fencekv.client.LeaderElection;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ElectVerbTest extends CliFixture {
    @TempDir Path directory;

    private static long lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file).size() : 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theElectedOneRunsTheCommandAndEndsWithIt() throws IOException {
        Path seen = directory.resolve("seen");
        Ran ran =
                kvcli(
                        "elect",
                        "boss",
                        "--",
                        "/bin/sh",
                        "-c",
                        "echo $FENCE_LOCK $FENCE_TOKEN > " + seen + "; exit 7");
        assertThat(ran.code()).isEqualTo(7);
        assertThat(ran.err()).contains("elected: boss, token 33");
        assertThat(Files.readString(seen)).isEqualTo("election/boss 33\n");
        assertThat(store.holder("election/boss").isNone()).isTrue();
    }

    @Test
    void observersSeeTheLeaderAsLongAsItLeads() throws Exception {
        Path end = directory.resolve("end");
        try (KvClient client = FenceKv.connect(node.endpoint())) {
            LeaderElection election = client.election("boss");
            BlockingQueue<String> seen = new LinkedBlockingQueue<>();
            try (var observation =
                    election.observe(
                            leader -> seen.add(leader.map(ElectVerbTest::told).orElse("nobody")))) {
                assertThat(next(seen)).isEqualTo("nobody");
                CompletableFuture<Ran> run =
                        CompletableFuture.supplyAsync(
                                () ->
                                        kvcli(
                                                "elect",
                                                "boss",
                                                "--proclaim",
                                                "host-1:80",
                                                "--",
                                                "/bin/sh",
                                                "-c",
                                                "while [ ! -e " + end + " ]; do sleep 0.05; done"));
                assertThat(next(seen)).isEqualTo("host-1:80 by 33");
                Files.createFile(end);
                assertThat(next(seen)).isEqualTo("nobody");
                assertThat(run.get(20, TimeUnit.SECONDS).code()).isZero();
            }
        }
    }

    private static String told(Leader leader) {
        return leader.value() + " by " + leader.token();
    }

    private static String next(BlockingQueue<String> seen) throws InterruptedException {
        return String.valueOf(seen.poll(20, TimeUnit.SECONDS));
    }

    @Test
    void whoIsDeposedBeforeHeHasProclaimedCampaignsAgain() throws Exception {
        node.next(
                Opcode.PUT,
                ask -> {
                    store.grantToStranger("election/boss");
                    node.answer(ask);
                });
        CompletableFuture<Ran> run =
                CompletableFuture.supplyAsync(() -> kvcli("elect", "boss", "--", "/bin/true"));
        eventually(() -> store.queued("election/boss") == 1);
        store.revoke("election/boss");
        Ran ran = run.get(20, TimeUnit.SECONDS);
        assertThat(ran.code()).isZero();
        assertThat(ran.err()).contains("Still campaigning").contains("elected: boss, token 35");
    }

    @Test
    void aGuardOfAnotherLockIsToldAndNotCampaignedAgainst() {
        FenceViolation demanded =
                new FenceViolation(
                        FenceReason.FENCE_REQUIRED,
                        new LockName("other"),
                        FencingToken.NONE,
                        FencingToken.NONE,
                        Optional.empty(),
                        0,
                        HybridTimestamp.ZERO,
                        SessionLabel.NONE);
        node.next(
                Opcode.PUT,
                ask -> ask.reply(Status.FENCED, new Reply.Fenced(List.of(demanded), 1)));
        Ran ran = kvcli("elect", "boss", "--", "/bin/true");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("FENCE_REQUIRED lock=other");
        assertThat(node.received(Opcode.ACQUIRE)).hasSize(1);
        assertThat(store.holder("election/boss").isNone()).isTrue();
    }

    @Test
    void itWaitsForItsTurn() throws Exception {
        store.grantToStranger("election/boss");
        CompletableFuture<Ran> run =
                CompletableFuture.supplyAsync(() -> kvcli("elect", "boss", "--", "/bin/true"));
        eventually(() -> store.queued("election/boss") == 1);
        store.revoke("election/boss");
        assertThat(run.get(20, TimeUnit.SECONDS).code()).isZero();
    }

    @Test
    void whoLostTheLeadStopsAndCampaignsAgain() throws Exception {
        Path terms = directory.resolve("terms");
        CompletableFuture<Ran> run =
                CompletableFuture.supplyAsync(
                        () ->
                                kvcli(
                                        "elect",
                                        "boss",
                                        "--ttl",
                                        "2s",
                                        "--",
                                        "/bin/sh",
                                        "-c",
                                        "echo $FENCE_TOKEN >> "
                                                + terms
                                                + "; [ $FENCE_TOKEN = 34 ] || exec sleep 60"));
        eventually(() -> lines(terms) == 1);
        assertThat(store.holder("election/boss")).isEqualTo(new FencingToken(33));
        store.revoke("election/boss");
        Ran ran = run.get(40, TimeUnit.SECONDS);
        assertThat(Files.readAllLines(terms)).containsExactly("33", "34");
        assertThat(ran.code()).isZero();
        assertThat(ran.err()).contains("was lost (REVOKED)").contains("campaigning again for boss");
    }

    @Test
    void onceDoesNotCampaignAgain() throws Exception {
        Path began = directory.resolve("began");
        CompletableFuture<Ran> run =
                CompletableFuture.supplyAsync(
                        () ->
                                kvcli(
                                        "elect",
                                        "boss",
                                        "--once",
                                        "--ttl",
                                        "2s",
                                        "--",
                                        "/bin/sh",
                                        "-c",
                                        "echo > " + began + "; exec sleep 60"));
        eventually(() -> lines(began) == 1);
        store.revoke("election/boss");
        assertThat(run.get(40, TimeUnit.SECONDS).code()).isEqualTo(5);
    }

    @Test
    void wrongUsageIsTold() {
        for (String words : new String[] {"elect", "elect boss", "elect boss /bin/true"}) {
            assertThat(kvcli(words.split(" ")).code()).as(words).isEqualTo(2);
        }
    }
}
