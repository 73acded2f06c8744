package dev.fencekv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.command.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The page for operators says what the options and the settings are. */
class OperationsPageTest {
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

    /** Of tables: the cells of each row. */
    private static List<List<String>> rows() throws IOException {
        List<List<String>> rows = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("docs/operations.md"))) {
            if (line.startsWith("| `")) {
                rows.add(Arrays.stream(line.split("\\|")).map(String::strip).skip(1).toList());
            }
        }
        return rows;
    }

    @Test
    void everySettingIsThereWithItsRange() throws IOException {
        List<String> onThePage = new ArrayList<>();
        for (List<String> cells : rows()) {
            if (cells.size() == 5 && !cells.get(0).startsWith("`--")) {
                onThePage.add(String.join(" ", cells.subList(0, 4)));
            }
        }
        List<String> expected = new ArrayList<>();
        for (Setting each : Setting.values()) {
            expected.add(
                    "`%s` %d %d %d".formatted(each.text(), each.initial(), each.min(), each.max()));
        }
        assertThat(onThePage).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void everyOptionIsThereWithItsDefault() throws IOException {
        Map<String, String> onThePage = new TreeMap<>();
        for (List<String> cells : rows()) {
            if (cells.get(0).startsWith("`--")) {
                String[] defaults = cells.get(1).split(", ");
                int i = 0;
                for (Matcher names = QUOTED.matcher(cells.get(0)); names.find(); i++) {
                    onThePage.put(names.group(1), defaults[Math.min(i, defaults.length - 1)]);
                }
            }
        }
        String page = Files.readString(Path.of("docs/operations.md"));
        for (OptionSpec option :
                new CommandLine(
                                CommandLine.Model.CommandSpec.forAnnotatedObject(
                                        new ServerOptions()))
                        .getCommandSpec()
                        .options()) {
            String name = option.longestName();
            assertThat(page).contains("`" + name);
            String given = option.defaultValue();
            if (given != null && !given.isEmpty()) {
                assertThat(onThePage).as(name).containsEntry(name, given);
            }
            onThePage.remove(name);
        }
        assertThat(onThePage).as("options that are on the page alone").isEmpty();
    }
}
