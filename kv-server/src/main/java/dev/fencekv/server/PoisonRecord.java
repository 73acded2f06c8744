package dev.fencekv.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How often in a row this node had to stop because it could not apply an entry. Kept beside the
 * log: whoever restarts the process by itself must not do so for ever.
 */
final class PoisonRecord {
    /** After this many stops in a row the node stays down until somebody looks. */
    static final int STOPS_MAX = 3;

    private final Path file;

    PoisonRecord(Path dataDir) {
        file = dataDir.resolve("stopped-by-entry");
    }

    Path file() {
        return file;
    }

    /** Stops in a row so far. */
    int stops() throws IOException {
        return (int) lines().stream().filter(line -> line.startsWith("stop ")).count();
    }

    private List<String> lines() throws IOException {
        return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
    }

    /** The last entry that was applied before the last stop; 0 if there was none. */
    long appliedBefore() throws IOException {
        long index = 0;
        for (String line : lines()) {
            String[] words = line.split(" ", 3);
            if (words.length == 3 && words[0].equals("stop")) {
                index = Long.parseLong(words[1]);
            }
        }
        return index;
    }

    void add(long appliedIndex, String why) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line : lines()) {
            text.append(line).append('\n');
        }
        text.append("stop ").append(appliedIndex).append(' ');
        text.append(why.replace('\n', ' ')).append('\n');
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }

    /** The entry that stopped it is applied now. */
    void clear() throws IOException {
        Files.deleteIfExists(file);
    }
}
