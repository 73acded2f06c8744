package dev.fencekv.server.replication;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A small file of lines that people can read, with a checksum of all lines before it as its last
 * line. Written whole, to disk, or not at all. Stateless.
 */
public final class ChecksummedText {
    private static final String CHECKSUM = "crc32c ";

    private ChecksummedText() {}

    /**
     * The lines without the checksum's. Throws {@link StartRefusedException} if it does not fit.
     */
    public static String verified(Path file, String text) {
        int sum = text.lastIndexOf(CHECKSUM);
        if (sum < 0 || !text.substring(sum).equals(checksumLine(text.substring(0, sum)))) {
            throw new StartRefusedException(file + " is corrupt: its checksum does not match");
        }
        return text.substring(0, sum);
    }

    /** On disk when it returns: first beside the old file, then in its place. */
    public static void write(Path file, String lines) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel channel =
                FileChannel.open(
                        beside,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(lines + checksumLine(lines));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(
                beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectory(file.toAbsolutePath().getParent());
    }

    private static String checksumLine(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return CHECKSUM + "%08x".formatted(crc.getValue()) + "\n";
    }

    /** A new or renamed file survives a power cut only once its directory is on disk. */
    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
