package dev.fencekv.server.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A story in text: comment lines, a command line, {@code ----}, the expected outcome up to the next
 * empty line.
 */
record ScenarioFile(Path path, List<Step> steps) {
    private static final String DIVIDER = "----";

    /**
     * @param before comments and empty lines above the command, as they stand
     * @param line number of the command in the file, from 1
     */
    record Step(List<String> before, int line, String command, List<String> expected) {}

    static ScenarioFile read(Path path) throws IOException {
        List<String> lines = Files.readAllLines(path);
        List<Step> steps = new ArrayList<>();
        List<String> before = new ArrayList<>();
        int at = 0;
        while (at < lines.size()) {
            String line = lines.get(at++);
            if (line.isBlank() || line.startsWith("#")) {
                before.add(line);
                continue;
            }
            int number = at;
            if (at >= lines.size() || !lines.get(at++).equals(DIVIDER)) {
                throw new IllegalArgumentException(
                        path + ":" + number + ": a command is followed by " + DIVIDER);
            }
            List<String> expected = new ArrayList<>();
            while (at < lines.size() && !lines.get(at).isBlank()) {
                expected.add(lines.get(at++));
            }
            steps.add(new Step(List.copyOf(before), number, line, expected));
            before.clear();
        }
        return new ScenarioFile(path, steps);
    }

    /** Writes the story again, with what came out in place of what was expected. */
    void rewrite(List<List<String>> outcomes) throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            lines.addAll(steps.get(i).before());
            lines.add(steps.get(i).command());
            lines.add(DIVIDER);
            lines.addAll(outcomes.get(i));
        }
        Files.write(path, lines);
    }
}
