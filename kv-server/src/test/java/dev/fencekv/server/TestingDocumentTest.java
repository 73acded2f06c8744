package dev.fencekv.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code docs/testing.md} says there is, and what there is. */
class TestingDocumentTest {
    private static final Path DOCUMENT = Path.of("docs/testing.md");
    private static final List<Path> TESTS =
            List.of(Path.of("src/test/java"), Path.of("../bench/src/test/java"));
    private static final Path TESTS_OF_CLIENT = Path.of("../kv-client/src/test/java");

    /** A test, as the document names it. */
    private static final Pattern NAME = Pattern.compile("`([A-Z][A-Za-z]+(?:Test|IT))`");

    @Test
    void everyTestOfRealNodesIsNamed() throws IOException {
        List<String> named = named();
        for (Path root : TESTS) {
            assertThat(testsIn(root))
                    .as("integration tests in %s, named in %s", root, DOCUMENT)
                    .filteredOn(name -> name.endsWith("IT"))
                    .isNotEmpty()
                    .allMatch(named::contains);
        }
    }

    /** A page that names what is gone misleads whoever looks for it. */
    @Test
    void everyTestThatIsNamedIsThere() throws IOException {
        List<String> there = new ArrayList<>(testsIn(TESTS_OF_CLIENT));
        for (Path root : TESTS) {
            there.addAll(testsIn(root));
        }
        assertThat(there).containsAll(named());
    }

    private static List<String> named() throws IOException {
        return NAME.matcher(Files.readString(DOCUMENT))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static List<String> testsIn(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .map(name -> name.substring(0, name.length() - ".java".length()))
                    .toList();
        }
    }
}
