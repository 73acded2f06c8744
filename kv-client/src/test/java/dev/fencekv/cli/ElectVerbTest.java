package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.FencingToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
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
        assertThat(Files.readString(seen)).isEqualTo("boss 33\n");
        assertThat(store.holder("boss").isNone()).isTrue();
    }

    @Test
    void itWaitsForItsTurn() throws Exception {
        store.grantToStranger("boss");
        CompletableFuture<Ran> run =
                CompletableFuture.supplyAsync(() -> kvcli("elect", "boss", "--", "/bin/true"));
        eventually(() -> store.queued("boss") == 1);
        store.revoke("boss");
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
        assertThat(store.holder("boss")).isEqualTo(new FencingToken(33));
        store.revoke("boss");
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
        store.revoke("boss");
        assertThat(run.get(40, TimeUnit.SECONDS).code()).isEqualTo(5);
    }

    @Test
    void wrongUsageIsTold() {
        for (String words : new String[] {"elect", "elect boss", "elect boss /bin/true"}) {
            assertThat(kvcli(words.split(" ")).code()).as(words).isEqualTo(2);
        }
    }
}
