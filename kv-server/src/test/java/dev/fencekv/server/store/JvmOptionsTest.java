package dev.fencekv.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.JvmFlags;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class JvmOptionsTest {
    private static final Pattern PROPERTY = Pattern.compile("<fencekv.opens>(.*)</fencekv.opens>");

    @Test
    void theProcessesThatWeShipRunWithTheOptionsThatTheTestsRanWith() throws Exception {
        Matcher tested = PROPERTY.matcher(Files.readString(Path.of("..", "pom.xml")));
        assertThat(tested.find()).isTrue();

        List<String> shipped =
                Files.readAllLines(Path.of("..", "scripts", "jvm.options")).stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .toList();

        assertThat(shipped).containsExactlyInAnyOrder(tested.group(1).strip().split("\\s+"));
        assertThat(shipped).containsAll(JvmFlags.REQUIRED);
    }
}
