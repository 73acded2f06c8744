package dev.fencekv.server;

import dev.fencekv.server.replication.AppliedIndex;
import dev.fencekv.server.replication.PoisonedException;
import dev.fencekv.server.replication.ReadCompletion;
import dev.fencekv.server.replication.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often in a row this node had to stop because it could not apply an entry. Kept beside the
 * log: whoever restarts the process by itself must not do so for ever. A line for each stop:
 *
 * <pre>
 *  entry 42 command 3: stopped at entry 42, command 3 of it: no such thing
 * </pre>
 *
 * <p>Safe from any thread.
 */
final class PoisonRecord {
    private static final Logger log = LoggerFactory.getLogger(PoisonRecord.class);

    /** After this many stops in a row the node stays down until somebody looks. */
    static final int STOPS_MAX = 3;

    private static final long NONE = 0;

    private static final Pattern STOP = Pattern.compile("entry (\\d{1,18}) command \\d+: .*");

    private final Path file;

    PoisonRecord(Path dataDir) {
        file = dataDir.resolve("stopped-by-entry");
    }

    Path file() {
        return file;
    }

    /** Stops in a row so far. */
    synchronized int stops() throws IOException {
        return (int) lines().stream().filter(line -> STOP.matcher(line).matches()).count();
    }

    /** The entry that stopped this node last; {@link #NONE} if there was none. */
    private long lastEntry() throws IOException {
        long entry = NONE;
        for (String line : lines()) {
            Matcher stop = STOP.matcher(line);
            if (stop.matches()) {
                entry = Long.parseLong(stop.group(1));
            }
        }
        return entry;
    }

    private List<String> lines() throws IOException {
        return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
    }

    synchronized void add(PoisonedException stop) throws IOException {
        String line =
                "entry %d command %d: %s%n"
                        .formatted(
                                stop.index(),
                                stop.ordinal(),
                                String.valueOf(stop.getMessage()).replaceAll("\\R", " "));
        Files.writeString(
                file,
                line,
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    /** Leader or follower: once the entry that stopped this node is applied, all is forgiven. */
    void clearOnceApplied(AppliedIndex applied) throws IOException {
        long entry = lastEntry();
        if (entry == NONE) {
            return;
        }
        applied.whenApplied(
                entry,
                new ReadCompletion() {
                    @Override
                    public void ready(long index) {
                        clear(entry);
                    }

                    @Override
                    public void failed(Refusal refusal) {
                        // It stopped again before it got there.
                    }
                });
    }

    private synchronized void clear(long applied) {
        try {
            if (lastEntry() <= applied) {
                Files.deleteIfExists(file);
                log.info("entry {}, which stopped this node before, is applied", applied);
            }
        } catch (IOException e) {
            log.warn("cannot delete {}: {}", file, e.getMessage());
        }
    }
}
