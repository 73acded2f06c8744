package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.FenceReason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WatchVerbTest extends CliFixture {
    private CompletableFuture<Ran> watch(String... args) {
        CompletableFuture<Ran> run = CompletableFuture.supplyAsync(() -> kvcli(args));
        eventually(() -> store.watches() == 1);
        return run;
    }

    private static Ran ended(CompletableFuture<Ran> run) throws Exception {
        return run.get(20, TimeUnit.SECONDS);
    }

    @Test
    void keysAreWatchedUnlessSomethingElseIsAskedFor() throws Exception {
        CompletableFuture<Ran> run = watch("watch", "a/", "--count", "2", "-o", "json");
        kvcli("put", "a/1", "x");
        kvcli("put", "b/1", "x");
        kvcli("del", "a/1");
        Ran ran = ended(run);
        assertThat(ran.code()).isZero();
        assertThat(ran.out().lines())
                .satisfiesExactly(
                        line ->
                                assertThat(line)
                                        .contains("\"type\":\"put\",\"key\":\"a/1\"")
                                        .contains("\"value\":\"x\""),
                        line -> assertThat(line).contains("\"type\":\"delete\""));
    }

    @Test
    void locksAreWatched() throws Exception {
        CompletableFuture<Ran> run = watch("watch", "--locks", "di", "--count", "3", "-o", "json");
        store.grantToStranger("disk");
        store.grantToStranger("tape");
        store.revoke("disk");
        store.grantToStranger("dial");
        List<String> lines = ended(run).out().lines().toList();
        assertThat(lines.get(0))
                .contains("\"type\":\"granted\",\"lock\":\"disk\",\"token\":\"33\"")
                .contains("\"session\":\"999\",\"owner\":1,\"label\":\"someone\"")
                .contains("\"shared\":false,\"permits\":0,\"delay_ms\":0");
        assertThat(lines.get(1)).contains("\"type\":\"revoked\"").contains("\"token\":\"33\"");
        assertThat(lines.get(2)).contains("\"lock\":\"dial\"");
    }

    @Test
    void oneLockAndSomeEvents() throws Exception {
        CompletableFuture<Ran> run =
                watch("watch", "--locks", "disk", "--only", "--events", "revoked", "--count", "1");
        store.grantToStranger("disks");
        store.grantToStranger("disk");
        store.revoke("disks");
        store.revoke("disk");
        assertThat(ended(run).out()).hasLineCount(1).contains(" revoked disk 34 ");
    }

    @Test
    void whatHappenedIsShownFirst() throws Exception {
        store.grantToStranger("disk");
        Ran ran = ended(watchedFrom("--locks", "--from", "1", "--count", "1"));
        assertThat(ran.out()).contains(" granted disk 33 ");
    }

    private CompletableFuture<Ran> watchedFrom(String... args) {
        String[] all = new String[args.length + 1];
        all[0] = "watch";
        System.arraycopy(args, 0, all, 1, args.length);
        return CompletableFuture.supplyAsync(() -> kvcli(all));
    }

    @Test
    void rejectionsAreWatched() throws Exception {
        CompletableFuture<Ran> run =
                watch(
                        "watch",
                        "--rejections",
                        "--events",
                        "enforced",
                        "--count",
                        "1",
                        "-o",
                        "json");
        store.record(Rejected.of(5, FenceReason.RELEASED).build());
        assertThat(ended(run).out())
                .contains("\"revision\":5")
                .contains("\"reason\":\"RELEASED\"")
                .contains("\"key\":\"disk/7\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--locks --rejections",
                "--locks --events put",
                "--rejections --events granted",
                "a/ --events granted",
                "--locks --prev",
                "--locks --only",
                "--from -1",
                "--count 0"
            })
    void whatMakesNoSenseIsRefused(String args) {
        Ran ran = kvcli(("watch " + args).split(" "));
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).isNotEmpty();
    }
}
