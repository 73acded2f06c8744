package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.client.FakeNode;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Opcode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
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
class RejectionFeedTest extends CliFixture {
    private static final String[] FOLLOW = {"rejections", "--follow", "--interval", "100ms"};

    private CompletableFuture<Ran> follow(String... more) {
        List<String> all = new ArrayList<>(List.of(FOLLOW));
        all.addAll(List.of(more));
        return CompletableFuture.supplyAsync(() -> kvcli(all.toArray(String[]::new)));
    }

    private static Ran ended(CompletableFuture<Ran> run) throws Exception {
        return run.get(20, TimeUnit.SECONDS);
    }

    private int looks() {
        return node.received(Opcode.LIST_REJECTIONS).size();
    }

    private void awaitLooks(int more) {
        int before = looks();
        eventually(() -> looks() >= before + more);
    }

    private void record(long revision, long repeats) {
        store.record(Rejected.of(revision, FenceReason.RELEASED).times(repeats).build());
    }

    @Test
    void whatIsThereIsShownThenWhatComesAndWhatIsRepeated() throws Exception {
        record(5, 1);
        CompletableFuture<Ran> run = follow("-o", "json", "--count", "3");
        awaitLooks(3);
        record(9, 1);
        awaitLooks(3);
        record(5, 4);
        Ran ran = ended(run);
        assertThat(ran.code()).isZero();
        assertThat(ran.err()).isEmpty();
        List<String> lines = ran.out().lines().toList();
        assertThat(lines).hasSize(3).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
        assertThat(lines.get(0)).contains("\"revision\":5").contains("\"repeats\":1");
        assertThat(lines.get(1)).contains("\"revision\":9").contains("\"repeats\":1");
        assertThat(lines.get(2)).contains("\"revision\":5").contains("\"repeats\":4");
    }

    @Test
    void theTableHasItsHeadingsOnce() throws Exception {
        CompletableFuture<Ran> run = follow("--count", "2");
        awaitLooks(2);
        record(5, 1);
        awaitLooks(3);
        record(9, 1);
        Ran ran = ended(run);
        assertThat(ran.err()).startsWith("kvcli: no rejections so far").hasLineCount(1);
        assertThat(ran.out()).startsWith("REVISION  AT").hasLineCount(3).containsOnlyOnce("LABEL");
    }

    @Test
    void itEndsWithTheRowThatWasAskedForAsTheLast() throws Exception {
        record(5, 1);
        record(6, 1);
        record(7, 1);
        assertThat(ended(follow("-o", "raw", "--count", "2")).out()).hasLineCount(2);
        assertThat(ended(follow("-o", "raw", "--after", "6", "--count", "1")).out())
                .startsWith("7\t");
    }

    @Test
    void silenceIsToldOnceAndNothingRecordedMeanwhileIsLost() throws Exception {
        record(5, 1);
        CompletableFuture<Ran> run = follow("-o", "json", "--count", "2", "--timeout", "2s");
        awaitLooks(2);
        node.always(Opcode.LIST_REJECTIONS, ask -> ask.reply(Status.UNAVAILABLE));
        // A look asks some 15 times in its 2 s: so two of them have failed at least.
        awaitLooks(50);
        record(9, 1);
        node.behave(Opcode.LIST_REJECTIONS);
        Ran ran = ended(run);
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).hasLineCount(2).contains("\"revision\":9");
        assertThat(ran.err().lines())
                .satisfiesExactly(
                        line -> assertThat(line).contains("Still asking"),
                        line -> assertThat(line).isEqualTo("kvcli: the cluster answers again"));
    }

    @Test
    void theLossOfANodeIsNotNoticed() throws Exception {
        FakeNode second = FakeNode.start(store);
        try {
            List<String> args =
                    new ArrayList<>(
                            List.of("--endpoints", node.endpoint() + "," + second.endpoint()));
            args.addAll(List.of(FOLLOW));
            args.addAll(List.of("-o", "json", "--count", "1"));
            CompletableFuture<Ran> run =
                    CompletableFuture.supplyAsync(() -> runAlone(new byte[0], args));
            eventually(() -> looks() + second.received(Opcode.LIST_REJECTIONS).size() >= 2);
            FakeNode asked = looks() > 0 ? node : second;
            asked.close();
            record(9, 1);
            Ran ran = ended(run);
            assertThat(ran.code()).isZero();
            assertThat(ran.out()).contains("\"revision\":9");
            assertThat(ran.err()).isEmpty();
        } finally {
            second.close();
        }
    }

    @Test
    void nobodyThereFromTheBeginningIsUnavailable() throws Exception {
        node.close();
        assertThat(ended(follow("--timeout", "200ms")).code()).isEqualTo(3);
    }

    @Test
    void whatNoRepetitionCanMendEndsIt() throws Exception {
        CompletableFuture<Ran> run = follow("-o", "json");
        awaitLooks(2);
        node.always(Opcode.LIST_REJECTIONS, ask -> ask.reply(Status.FORBIDDEN));
        assertThat(ended(run).code()).isEqualTo(4);
    }

    /** As with {@code | head -1}. */
    @Test
    void itEndsWhenNobodyReadsItAnyMore() {
        record(5, 1);
        OutputStream broken =
                new OutputStream() {
                    @Override
                    public void write(int octet) throws IOException {
                        throw new IOException("broken pipe");
                    }
                };
        KvCli kvcli =
                new KvCli(
                        Streams.plain(
                                new ByteArrayInputStream(new byte[0]),
                                new PrintStream(broken, true, StandardCharsets.UTF_8),
                                new PrintStream(
                                        new ByteArrayOutputStream(),
                                        true,
                                        StandardCharsets.UTF_8)));
        assertThat(kvcli.execute("--endpoints", node.endpoint(), "rejections", "--follow"))
                .isZero();
    }

    /** SIGTERM, as Ctrl-C's SIGINT may be ignored where tests run in the background. */
    @Test
    void aSignalEndsItAndIsNoFailure(@TempDir Path directory) throws Exception {
        record(5, 1);
        Path shown = directory.resolve("out");
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
                                "rejections",
                                "--follow",
                                "-o",
                                "json")
                        .redirectOutput(shown.toFile())
                        .redirectError(errors.toFile())
                        .start();
        try {
            // Flushed line by line: it is there while kvcli still runs.
            eventually(() -> Files.readString(shown).endsWith("}\n"));
            kvcli.destroy();
            assertThat(kvcli.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            kvcli.destroyForcibly();
        }
        assertThat(kvcli.exitValue()).isZero();
        assertThat(shown).content().hasLineCount(1);
        assertThat(errors).isEmptyFile();
    }
}
