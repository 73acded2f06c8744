package dev.fencekv.cli.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jline.reader.impl.history.DefaultHistory;

/** What was typed before, without secrets, in a file that its owner alone can read. */
public final class ShellHistory extends DefaultHistory {
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    private static final Set<PosixFilePermission> OWNER_ONLY_DIRECTORY =
            PosixFilePermissions.fromString("rwx------");

    /** Where state of programs belongs that is worth keeping but not worth a backup. */
    public static Optional<Path> usualFile(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        String home = environment.getOrDefault("HOME", "");
        if (Path.of(state).isAbsolute()) {
            return Optional.of(Path.of(state, "fencekv", "kvcli_history"));
        }
        return Path.of(home).isAbsolute()
                ? Optional.of(Path.of(home, ".local", "state", "fencekv", "kvcli_history"))
                : Optional.empty();
    }

    /** Makes the file if it is missing; in any case nobody but its owner can read it then. */
    static void prepare(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory.getParent());
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY_DIRECTORY));
        }
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        }
        Files.setPosixFilePermissions(file, OWNER_ONLY);
    }

    @Override
    public void add(Instant time, String line) {
        if (!Secrets.mayBeIn(line)) {
            super.add(time, line.strip());
        }
    }
}
