package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFailureTest {
    @Test
    void whatIsWrongIsSaidBesideTheFile() {
        assertThat(FileFailure.of(new AccessDeniedException("/d")))
                .isEqualTo("permission denied: /d");
        assertThat(FileFailure.of(new NoSuchFileException("/d")))
                .isEqualTo("no such file or directory: /d");
    }

    @Test
    void whatTheSystemSaysIsKept() {
        assertThat(FileFailure.of(new FileSystemException("/d", null, "No space left on device")))
                .isEqualTo("/d: No space left on device");
        assertThat(FileFailure.of(new IOException("Input/output error")))
                .isEqualTo("Input/output error");
        assertThat(FileFailure.of(new IOException())).isEqualTo("java.io.IOException");
    }

    @Test
    void aFileInThePlaceOfADirectoryIsSeen(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("f"), "");
        assertThat(FileFailure.of(Assertions.catchThrowable(() -> Files.createDirectories(file))))
                .isEqualTo("not a directory: " + file);
    }
}
