package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fencekv.client.KvClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client in another language, written from protocol.md alone, against three real processes: what
 * is missing in that page is missed here.
 */
@Timeout(300)
class PythonClientIT {
    private static final Path EXAMPLE =
            Path.of("..", "kv-client", "docs", "examples", "python").toAbsolutePath();

    /** For dozens of tests, some of which wait for sessions to end. */
    private static final Duration TESTS_PATIENCE = Duration.ofSeconds(240);

    private static final String AT = "at ";
    private static final Pattern COUNTED = Pattern.compile("\"value\": \"(\\d+)\"");

    @RegisterExtension final Processes processes = new Processes();

    @BeforeEach
    void needsPython() throws InterruptedException {
        assumeTrue(thereIsPython(), "python3 is not on this machine");
    }

    private static boolean thereIsPython() throws InterruptedException {
        try {
            return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private JavaProcess python(ProcessCluster cluster, String name, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("python3"));
        command.addAll(arguments);
        return processes.command(
                name,
                Map.of(
                        "FENCEKV_ENDPOINTS", String.join(",", cluster.endpoints()),
                        "PYTHONPATH", EXAMPLE.toString(),
                        "PYTHONDONTWRITEBYTECODE", "1"),
                command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"test_fencekv", "test_coordination", "test_watches"})
    void itsOwnTestsPass(String module) {
        ProcessCluster cluster = ProcessCluster.start(processes);
        JavaProcess tests = python(cluster, module, List.of("-m", "unittest", "-v", module));
        int exitCode = tests.awaitExit(TESTS_PATIENCE);
        assertThat(exitCode).as(tests.lastWords()).isZero();
        assertThat(String.join("\n", tests.errLines())).contains("OK").doesNotContain("skipped");
        cluster.checkDigestsEqual();
    }

    /** A number counts up while each node that the watch is at is killed in its turn. */
    @Test
    void aWatchGoesOnWithoutGapOrDuplicateWhenItsNodeIsKilled() {
        ProcessCluster cluster = ProcessCluster.start(processes);
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of(EXAMPLE.resolve("follow.py").toString(), "followed/", "1"));
        arguments.addAll(cluster.endpoints());
        JavaProcess follow = python(cluster, "follow", arguments);
        KvClient writer =
                cluster.client(cluster.builder("writer").requestTimeout(JavaProcess.PATIENCE));
        List<String> at = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            count(writer, 40);
            at.add(awaitNode(follow, at.size() + 1));
            int node = cluster.endpoints().indexOf(at.get(round));
            cluster.kill(node);
            count(writer, 40);
            awaitNode(follow, at.size() + 1);
            cluster.start(node);
            cluster.awaitUp(node);
        }
        long last = 3 * 2 * 40;
        await("all is told")
                .atMost(JavaProcess.PATIENCE)
                .until(() -> counted(follow).contains(last));
        assertThat(counted(follow))
                .containsExactlyElementsOf(LongStream.rangeClosed(1, last).boxed().toList());
        assertThat(at.get(1)).isNotEqualTo(at.get(0));
    }

    private static void count(KvClient writer, int times) {
        for (int i = 0; i < times; i++) {
            writer.increment("followed/count", 1);
        }
    }

    /** The nodes that it has been at so far, each once it was told something there. */
    private static String awaitNode(JavaProcess follow, int number) {
        return await("the watch is told something by node number " + number)
                .atMost(JavaProcess.PATIENCE)
                .failFast("it ended", () -> !follow.isAlive())
                .until(
                        () ->
                                follow.errLines().stream()
                                        .filter(line -> line.startsWith(AT))
                                        .map(line -> line.substring(AT.length()))
                                        .toList(),
                        nodes -> nodes.size() >= number)
                .get(number - 1);
    }

    private static List<Long> counted(JavaProcess follow) {
        return COUNTED.matcher(String.join("\n", follow.outLines()))
                .results()
                .map((MatchResult match) -> Long.parseLong(match.group(1)))
                .toList();
    }
}
