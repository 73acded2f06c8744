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
    /** Of all, the JDK's among them. Some 1900, and what an archive makes needless. */
    private static final int CLASSES_MAX = 2500;

    /** What opens a session makes a secret for it. */
    private static final String SECRETS = "java.security.SecureRandom";

    /** Loaded by the JDK itself since 21, which logs that somebody exits. */
    private static final String LOGGING = "java.util.logging.";

    /** Each takes milliseconds, and no run of a verb that reads needs it. */
    private static final List<String> SLOW =
            List.of(
                    "io.netty.channel.epoll.Native",
                    "io.netty.util.NetUtil",
                    "java.net.NetworkInterface$",
                    "io.netty.buffer.PooledByteBufAllocator",
                    "io.netty.buffer.AdaptivePoolingAllocator",
                    "java.lang.runtime.ObjectMethods",
                    SECRETS,
                    "java.sql.",
                    LOGGING,
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
        assertThat(slow(loaded)).isEmpty();
        assertThat(loaded).hasSizeLessThan(CLASSES_MAX);
    }

    @Test
    void aWriteNeedsASecretMore() throws Exception {
        Set<String> loaded = loadedBy("put", "a", "1");
        assertThat(store.value("a")).isEqualTo("1");
        assertThat(slow(loaded)).isNotEmpty().allMatch(name -> name.startsWith(SECRETS));
    }

    private static List<String> slow(Set<String> loaded) {
        boolean exitIsLogged = Runtime.version().feature() >= 21;
        return loaded.stream()
                .filter(name -> SLOW.stream().anyMatch(name::startsWith))
                .filter(name -> !(exitIsLogged && name.startsWith(LOGGING)))
                .toList();
    }
}
