package dev.fencekv.fence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.kv.FencingToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two holders of one lock, tokens 33 and 34, and a file that both write. */
class FileFenceTest {
    private static final FencingToken STALE = new FencingToken(33);
    private static final FencingToken LIVE = new FencingToken(34);

    @TempDir private Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("report.txt");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aFileThatANewerTokenHasWrittenIsNotReplacedByAnOlderOne() throws Exception {
        new FileFence(file).replace(STALE, bytes("one"));
        new FileFence(file).replace(STALE, bytes("two"));
        new FileFence(file).replace(LIVE, bytes("three"));

        assertThatThrownBy(() -> new FileFence(file).replace(STALE, bytes("late")))
                .isInstanceOfSatisfying(
                        StaleTokenException.class,
                        stale -> assertThat(stale.mark()).isEqualTo(LIVE));
        assertThat(file).hasContent("three");
    }

    @Test
    void anAnnouncedHolderKeepsOlderOnesOutBeforeItWrites() throws Exception {
        new FileFence(file).replace(STALE, bytes("one"));
        new FileFence(file).raise(LIVE);

        assertThatThrownBy(() -> new FileFence(file).replace(STALE, bytes("late")))
                .isInstanceOf(StaleTokenException.class);
        assertThat(file).hasContent("one");
    }

    /** It had written its new content beside the file, and had not put it in place. */
    @Test
    void whatACrashLeavesBehindIsNeverTheFile() throws Exception {
        new FileFence(file).replace(STALE, bytes("one"));
        Files.writeString(directory.resolve("report.txt.33.new"), "half of tw");

        new FileFence(file).replace(LIVE, bytes("three"));
        assertThat(file).hasContent("three");
        assertThat(Files.readString(directory.resolve("report.txt.fence"))).isEqualTo("34\n");
    }

    @Test
    void aMarkThatCannotBeReadLetsNobodyIn() throws Exception {
        Files.writeString(directory.resolve("report.txt.fence"), "?");

        assertThatThrownBy(() -> new FileFence(file).replace(LIVE, bytes("one")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("report.txt.fence holds no fencing token");
        assertThat(file).doesNotExist();
    }

    @Test
    void ofManyWritersAtOnceTheNewestHasTheLastWord() throws Exception {
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            FencingToken token = new FencingToken(i);
            writers.add(
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    new FileFence(file).replace(token, bytes(token.toString()));
                                } catch (StaleTokenException e) {
                                    // A newer one was faster.
                                } catch (IOException e) {
                                    throw new AssertionError(e);
                                }
                            }));
        }
        for (CompletableFuture<Void> writer : writers) {
            writer.get(60, TimeUnit.SECONDS);
        }
        assertThat(file).hasContent("20");
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("report.txt", "report.txt.fence", "report.txt.lock");
        }
    }

    /** The other process is this test's class path in another JVM. */
    @Test
    void anotherProcessIsRefusedAsWell() throws Exception {
        new FileFence(file).replace(LIVE, bytes("three"));

        Process other =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                OtherProcess.class.getName(),
                                file.toString(),
                                "33")
                        .redirectErrorStream(true)
                        .start();
        String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(other.waitFor()).as(said).isEqualTo(3);
        assertThat(file).hasContent("three");
    }

    /** Replaces a file by a token; 3 if that is stale. */
    static final class OtherProcess {
        private OtherProcess() {}

        public static void main(String[] args) throws IOException {
            try {
                new FileFence(Path.of(args[0]))
                        .replace(FencingToken.parse(args[1]), bytes("by another process"));
            } catch (StaleTokenException e) {
                System.exit(3);
            }
        }
    }
}
