package dev.fencekv.fence;

import dev.fencekv.kv.FencingToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The highest token of a resource in a small file, in decimal. Owned by whoever holds its lock. */
final class MarkFile {
    private final Path file;

    MarkFile(Path file) {
        this.file = file;
    }

    /** {@link FencingToken#NONE} if there is no file. */
    FencingToken read() throws IOException {
        try {
            return FencingToken.parse(Files.readString(file).strip());
        } catch (NoSuchFileException e) {
            return FencingToken.NONE;
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " holds no fencing token: " + e.getMessage(), e);
        }
    }

    /** On disk when it returns. */
    void write(FencingToken token) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        replace(fresh, file, (token + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Writes {@code bytes} to {@code fresh} and lets it take the place of {@code target}. */
    static void replace(Path fresh, Path target, byte[] bytes) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        fresh,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        syncDirectory(target);
    }

    /** HAZARD: a new name that is not on disk is gone after a power cut, and the mark with it. */
    private static void syncDirectory(Path target) throws IOException {
        Path directory = target.toAbsolutePath().getParent();
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
