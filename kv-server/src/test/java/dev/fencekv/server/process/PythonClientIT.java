package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A client in another language, written from protocol.md alone, against three real processes: what
 * is missing in that page is missed here.
 */
@Timeout(240)
class PythonClientIT {
    private static final Path EXAMPLE =
            Path.of("..", "kv-client", "docs", "examples", "python").toAbsolutePath();

    @RegisterExtension final Processes processes = new Processes();

    @Test
    void itsOwnTestsPass() throws IOException, InterruptedException {
        assumeTrue(thereIsPython(), "python3 is not on this machine");
        ProcessCluster cluster = ProcessCluster.start(processes);
        JavaProcess tests =
                processes.command(
                        "python",
                        Map.of(
                                "FENCEKV_ENDPOINTS", String.join(",", cluster.endpoints()),
                                "PYTHONPATH", EXAMPLE.toString(),
                                "PYTHONDONTWRITEBYTECODE", "1"),
                        List.of("python3", "-m", "unittest", "-v", "test_fencekv"));
        int exitCode = tests.awaitExit();
        assertThat(exitCode).as(tests.lastWords()).isZero();
        assertThat(String.join("\n", tests.errLines())).contains("OK").doesNotContain("skipped");
        cluster.checkDigestsEqual();
    }

    private static boolean thereIsPython() throws InterruptedException {
        try {
            return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
