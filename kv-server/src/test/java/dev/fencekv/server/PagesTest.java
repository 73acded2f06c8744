package dev.fencekv.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages refer to is there: other pages and their sections, tests and stories. */
class PagesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path STORIES = Path.of("src/test/resources/scenarios");

    /** Where tests lie. */
    private static final List<Path> TESTS =
            List.of(
                    ROOT.resolve("kv-client/src/test/java"),
                    ROOT.resolve("kv-client/docs/examples/java/src/test/java"),
                    ROOT.resolve("kv-server/src/test/java"),
                    ROOT.resolve("bench/src/test/java"));

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("#+ (.*)");
    private static final Pattern TEST =
            Pattern.compile("`([A-Z][A-Za-z0-9]*(?:Test|IT))(?:\\.([a-zA-Z0-9]+))?`");
    private static final Pattern STORY = Pattern.compile("`([a-z]+/[a-z0-9*-]+)`");

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        pages.add(ROOT.resolve("README.md"));
        for (String folder :
                List.of("kv-client/docs", "kv-server/docs", "bench/results", "bench/README.md")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".md"))
                        .filter(file -> !file.toString().contains("/target/"))
                        .forEach(pages::add);
            }
        }
        return pages;
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path page : pages()) {
            for (Matcher link = LINK.matcher(Files.readString(page)); link.find(); ) {
                if (!link.group(1).contains("://") && !leadsSomewhere(page, link.group(1))) {
                    broken.add(ROOT.relativize(page) + ": " + link.group(1));
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    private static boolean leadsSomewhere(Path page, String link) throws IOException {
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        return Files.exists(target)
                && (hash < 0 || sections(target).contains(link.substring(hash + 1)));
    }

    /** As readers of Markdown name them. */
    private static Set<String> sections(Path page) throws IOException {
        Set<String> sections = new HashSet<>();
        for (String line : Files.readAllLines(page)) {
            Matcher heading = HEADING.matcher(line);
            if (heading.matches()) {
                sections.add(
                        heading.group(1)
                                .toLowerCase(Locale.ROOT)
                                .replaceAll("[^\\w\\- ]", "")
                                .replace(' ', '-'));
            }
        }
        return sections;
    }

    @Test
    void everyTestAndStoryThatShowsACapabilityIsThere() throws IOException {
        Map<String, String> tests = new HashMap<>();
        for (Path folder : TESTS) {
            try (Stream<Path> files = Files.walk(folder)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .forEach(file -> tests.merge(name(file), text(file), String::concat));
            }
        }
        List<String> missing = new ArrayList<>();
        for (String row : Files.readAllLines(ROOT.resolve("kv-client/docs/features.md"))) {
            for (Matcher test = TEST.matcher(row); test.find(); ) {
                String code = tests.getOrDefault(test.group(1), "");
                String method = test.group(2);
                if (code.isEmpty() || method != null && !code.contains(" " + method + "(")) {
                    missing.add(test.group());
                }
            }
            for (Matcher story = STORY.matcher(shownBy(row)); story.find(); ) {
                if (!story.group(1).startsWith("scripts/") && !isStory(story.group(1))) {
                    missing.add(story.group());
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    /** The second column. */
    private static String shownBy(String row) {
        String[] cells = row.split("\\|");
        return cells.length > 2 ? cells[2] : "";
    }

    private static boolean isStory(String pattern) throws IOException {
        PathMatcher matcher =
                FileSystems.getDefault().getPathMatcher("glob:" + STORIES + "/" + pattern + ".txt");
        try (Stream<Path> files = Files.walk(STORIES)) {
            return files.anyMatch(matcher::matches);
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
