package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs the stories of {@code src/test/resources/scenarios}. {@code -Dscenario.rewrite=true} writes
 * down what comes out instead: then read the difference.
 */
class ScenarioTest {
    private static final Path SCENARIOS = Path.of("src/test/resources/scenarios");

    @TestFactory
    Stream<DynamicTest> everyStoryEndsAsTold() throws IOException {
        try (Stream<Path> paths = Files.walk(SCENARIOS)) {
            List<Path> files = paths.filter(p -> p.toString().endsWith(".txt")).sorted().toList();
            assertThat(files).isNotEmpty();
            return files.stream()
                    .map(
                            file ->
                                    DynamicTest.dynamicTest(
                                            SCENARIOS.relativize(file).toString(),
                                            file.toUri(),
                                            () -> run(file)));
        }
    }

    private static void run(Path path) throws IOException {
        ScenarioFile scenario = ScenarioFile.read(path);
        boolean rewrite = Boolean.getBoolean("scenario.rewrite");
        List<List<String>> outcomes = new ArrayList<>();
        try (ScenarioWorld world = new ScenarioWorld()) {
            for (ScenarioFile.Step step : scenario.steps()) {
                List<String> outcome;
                try {
                    outcome = world.run(step.command());
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError(path + ":" + step.line() + ": " + step.command(), e);
                }
                outcomes.add(outcome);
                if (!rewrite) {
                    assertThat(outcome)
                            .as("%s:%d: %s", path, step.line(), step.command())
                            .isEqualTo(step.expected());
                }
            }
        }
        if (rewrite) {
            scenario.rewrite(outcomes);
        }
    }
}
