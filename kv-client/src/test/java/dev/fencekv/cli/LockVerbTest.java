package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LockVerbTest extends CliFixture {
    @TempDir Path directory;

    private Ran lock(String... args) {
        List<String> all = new ArrayList<>(List.of("lock"));
        all.addAll(List.of(args));
        return kvcli(all.toArray(String[]::new));
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file).trim() : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theCommandFindsTheTokenAndTheLockIsFreeAfterIt() {
        Path seen = directory.resolve("seen");
        Ran ran = lock("L", "--", "/bin/sh", "-c", "echo $FENCE_LOCK $FENCE_TOKEN > " + seen);
        assertThat(ran.code()).isZero();
        assertThat(read(seen)).isEqualTo("L 33");
        assertThat(node.received(Opcode.RELEASE)).hasSize(1);
        assertThat(store.holder("L").isNone()).isTrue();
    }

    @Test
    void theCommandsExitCodeIsPassedThrough() {
        assertThat(lock("L", "--", "/bin/sh", "-c", "exit 7").code()).isEqualTo(7);
        assertThat(lock("L", "--", "/bin/sh", "-c", "kill -9 $$").code()).isEqualTo(137);
    }

    @Test
    void aCommandThatCannotBeRunIsToldAsShellsDo() throws IOException {
        assertThat(lock("L", "--", "/no/such/command").code()).isEqualTo(127);
        Path plain = Files.writeString(directory.resolve("plain"), "text");
        assertThat(lock("L", "--", plain.toString()).code()).isEqualTo(126);
        assertThat(store.holder("L").isNone()).isTrue();
    }

    @Test
    void aBusyLockIsANegativeAnswerAndNothingRuns() {
        store.grantToStranger("L");
        Path ran = directory.resolve("ran");
        assertThat(lock("L", "--try", "--", "/bin/sh", "-c", "touch " + ran).code()).isEqualTo(1);
        Ran waited = lock("L", "--wait", "100ms", "--", "/bin/sh", "-c", "touch " + ran);
        assertThat(waited.code()).isEqualTo(1);
        assertThat(waited.err()).contains("held by another owner");
        assertThat(ran).doesNotExist();
        assertThat(store.queued("L")).isZero();
    }

    @Test
    void itWaitsForItsTurn() throws Exception {
        store.grantToStranger("L");
        CompletableFuture<Ran> run =
                CompletableFuture.supplyAsync(
                        () -> lock("L", "--wait", "30s", "--", "/bin/sh", "-c", "exit 0"));
        eventually(() -> store.queued("L") == 1);
        store.revoke("L");
        assertThat(run.get(20, TimeUnit.SECONDS).code()).isZero();
    }

    @Test
    void ttlAndDelayAreAskedFor() {
        lock("L", "--ttl", "4s", "--delay", "2s", "--", "/bin/sh", "-c", "exit 0");
        Request.OpenSession open =
                (Request.OpenSession) node.received(Opcode.OPEN_SESSION).get(0).request();
        Request.Acquire acquire = (Request.Acquire) node.received(Opcode.ACQUIRE).get(0).request();
        assertThat(open.ttlMs()).isEqualTo(4000);
        assertThat(acquire.lockDelayMs()).isEqualTo(2000);
    }

    @Test
    void losingTheLockStopsTheCommandAndIsTold() throws Exception {
        Path pid = directory.resolve("pid");
        CompletableFuture<Ran> run =
                CompletableFuture.supplyAsync(
                        () ->
                                lock(
                                        "L",
                                        "--ttl",
                                        "2s",
                                        "--",
                                        "/bin/sh",
                                        "-c",
                                        "echo $$ > " + pid + "; sleep 60 & wait"));
        eventually(() -> !read(pid).isEmpty());
        store.revoke("L");
        Ran ran = run.get(20, TimeUnit.SECONDS);
        assertThat(ran.code()).isEqualTo(5);
        assertThat(ran.err()).contains("was lost (REVOKED)");
        assertThat(ProcessHandle.of(Long.parseLong(read(pid)))).isEmpty();
    }

    @Test
    void aCommandThatIgnoresTheTermSignalIsKilled() throws Exception {
        Path pid = directory.resolve("pid");
        CompletableFuture<Ran> run =
                CompletableFuture.supplyAsync(
                        () ->
                                lock(
                                        "L",
                                        "--ttl",
                                        "2s",
                                        "--kill-after",
                                        "100ms",
                                        "--",
                                        "/bin/sh",
                                        "-c",
                                        "trap '' TERM; while :; do /bin/sleep 60 & echo $$ $! > "
                                                + pid
                                                + "; wait; done"));
        eventually(() -> !read(pid).isEmpty());
        store.expireSessions();
        assertThat(run.get(20, TimeUnit.SECONDS).code()).isEqualTo(5);
        // Neither the shell is left, nor what it started, nor what it would have started next.
        for (String each : read(pid).split(" ")) {
            eventually(() -> ProcessHandle.of(Long.parseLong(each)).isEmpty());
        }
    }

    @Test
    void aLossThatIsLearnedAtTheReleaseIsTold() {
        node.next(Opcode.RELEASE, ask -> ask.reply(Status.FENCED, new Reply.Fenced(List.of(), 1)));
        assertThat(lock("L", "--", "/bin/sh", "-c", "exit 0").code()).isEqualTo(5);
    }

    @Test
    void aSignalIsPassedOnAndTheLockGivenBack() throws Exception {
        Path pid = directory.resolve("pid");
        Path errors = directory.resolve("err");
        Process kvcli =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-XX:+IgnoreUnrecognizedVMOptions", // As scripts/kvcli.
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "dev.fencekv.cli.KvCli",
                                "--endpoints",
                                node.endpoint(),
                                "lock",
                                "L",
                                "--",
                                "/bin/sh",
                                "-c",
                                "trap 'exit 9' TERM; echo $$ > "
                                        + pid
                                        + "; while :; do sleep 0.05; done")
                        .redirectError(errors.toFile())
                        .start();
        try {
            eventually(() -> !read(pid).isEmpty());
            assertThat(store.holder("L")).isEqualTo(new FencingToken(33));
            kvcli.destroy();
            assertThat(kvcli.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            kvcli.destroyForcibly();
        }
        assertThat(kvcli.exitValue()).isEqualTo(9);
        assertThat(store.holder("L").isNone()).isTrue();
        assertThat(store.liveSessions()).isZero();
        assertThat(read(errors)).isEmpty();
    }

    // --- looking at locks ----------------------------------------------------------------------

    @Test
    void locksAreInspectedListedAndRevoked() {
        store.grantToStranger("L");
        assertThat(lock("inspect", "L").out()).contains("33").contains("nobody waits");
        assertThat(lock("inspect", "L", "-o", "json").out())
                .contains("\"lock\":\"L\",\"held\":true,\"token\":\"33\"")
                .contains("\"queue\":[],\"ended\":[]");
        assertThat(lock("inspect", "nobody").code()).isEqualTo(1);
        assertThat(lock("list", "-o", "raw").out()).startsWith("L\tyes\t33\t");
        assertThat(lock("revoke", "L", "--token", "32").code()).isEqualTo(1);
        assertThat(lock("revoke", "L", "--token", "33").code()).isZero();
        assertThat(lock("revoke", "L").code()).isEqualTo(1);
        assertThat(lock("inspect", "L", "-o", "json").out())
                .contains("\"ended_token\":\"33\"")
                .contains("\"how\":\"REVOKED\"");
    }

    @Test
    void aLockCalledLikeAVerbIsNamedAfterTheDashes() {
        Path seen = directory.resolve("seen");
        Ran ran = lock("--", "inspect", "/bin/sh", "-c", "echo $FENCE_LOCK > " + seen);
        assertThat(ran.code()).isZero();
        assertThat(read(seen)).isEqualTo("inspect");
    }

    @Test
    void wordsOfTheCommandAreNotTakenForVerbsOrOptions() {
        Path seen = directory.resolve("seen");
        Ran ran =
                lock(
                        "L",
                        "--",
                        "/bin/sh",
                        "-c",
                        "echo \"$@\" > " + seen,
                        "sh",
                        "list",
                        "--try",
                        "--help",
                        "-o",
                        "json");
        assertThat(ran.code()).isZero();
        assertThat(read(seen)).isEqualTo("list --try --help -o json");
    }
}
