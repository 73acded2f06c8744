package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the JVM loads for a run of one verb, on which most of its time goes. No time is measured:
 * {@code performance.md} says how that is done.
 */
@Timeout(120)
class StartUpTest extends CliFixture {
    /** Of all, the JDK's among them. Some 2100, and what an archive would have made needless. */
    private static final int CLASSES_MAX = 2700;

    /** Each takes milliseconds, and a run of {@code get} needs none of them. */
    private static final List<String> SLOW =
            List.of(
                    "io.netty.channel.epoll.Native",
                    "io.netty.util.NetUtil",
                    "java.net.NetworkInterface$",
                    "io.netty.buffer.PooledByteBufAllocator",
                    "io.netty.buffer.AdaptivePoolingAllocator",
                    "java.security.SecureRandom",
                    "java.sql.",
                    "java.util.logging.",
                    "org.jline.");

    @TempDir Path directory;

    private Set<String> loadedBy(String... words) throws IOException, InterruptedException {
        Path log = directory.resolve("loaded");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-XX:TieredStopAtLevel=1",
                                "-Xlog:class+load:file=" + log + ":none",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "dev.fencekv.cli.KvCli",
                                "--endpoints",
                                node.endpoint()));
        command.addAll(List.of(words));
        Process kvcli =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("out").toFile())
                        .start();
        try {
            assertThat(kvcli.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            kvcli.destroyForcibly();
        }
        assertThat(kvcli.exitValue()).as(Files.readString(directory.resolve("out"))).isZero();
        try (var lines = Files.lines(log)) {
            return lines.map(line -> line.substring(0, line.indexOf(' ')))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static List<String> verbs(Set<String> loaded) {
        return loaded.stream()
                .filter(name -> name.matches("dev\\.fencekv\\.cli\\.[A-Za-z]*Verb"))
                .toList();
    }

    @Test
    void aVerbLoadsNoOtherVerbAndNothingSlow() throws Exception {
        kvcli("put", "a", "1");
        Set<String> loaded = loadedBy("get", "a");
        assertThat(Files.readString(directory.resolve("out"))).isEqualTo("1\n");
        assertThat(verbs(loaded))
                .containsExactly(
                        "dev.fencekv.cli.GetVerb",
                        "dev.fencekv.cli.PlainVerb",
                        "dev.fencekv.cli.Verb");
        for (String slow : SLOW) {
            assertThat(loaded).noneMatch(name -> name.startsWith(slow));
        }
        assertThat(loaded).hasSizeLessThan(CLASSES_MAX);
    }
}
