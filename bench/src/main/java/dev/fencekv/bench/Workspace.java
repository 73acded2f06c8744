package dev.fencekv.bench;

import dev.fencekv.bench.cluster.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** Where a measurement keeps its servers' data, and where results go. Closing deletes the data. */
final class Workspace implements AutoCloseable {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private final Path data;

    /**
     * Makes a directory for this process.
     *
     * @param parent what the user wants; null for one beside the build, on its disk
     */
    Workspace(@Nullable Path parent) throws IOException {
        Path base = parent == null ? beside().resolve("data") : parent.toAbsolutePath();
        Files.createDirectories(base);
        data = Files.createTempDirectory(base, "bench-");
    }

    private static Path beside() {
        return Path.of(System.getProperty("fencekv.root", "."), ".fencekv", "bench")
                .toAbsolutePath();
    }

    Path data() {
        return data;
    }

    /** A new directory for results, unless the user names one. */
    static Path results(@Nullable Path wanted, String name) {
        return wanted == null
                ? beside().resolve("results").resolve(STAMP.format(Instant.now()) + "-" + name)
                : wanted;
    }

    @Override
    public void close() throws IOException {
        Directories.delete(data);
    }
}
