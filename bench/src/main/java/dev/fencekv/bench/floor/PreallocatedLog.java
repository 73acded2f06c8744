package dev.fencekv.bench.floor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A log as a good one is: zeros written and synced before, then overwritten in order, each record
 * by one write and one fdatasync. Owned by one thread at a time. Closing deletes it.
 */
final class PreallocatedLog implements AutoCloseable {
    /**
     * A put of a 16 B key and a 128 B value, its frame and its entry's header, in whole sectors.
     */
    static final int RECORD_BYTES = 512;

    private static final int FILE_BYTES = 8 << 20;

    private final Path file;
    private final FileChannel channel;
    private final ByteBuffer record = ByteBuffer.allocateDirect(RECORD_BYTES);
    private long at;

    PreallocatedLog(Path file) throws IOException {
        this.file = file;
        this.channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
        ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
        while (channel.position() < FILE_BYTES) {
            channel.write(zeros.clear());
        }
        channel.force(true);
    }

    /** Durable when it returns. */
    void append() throws IOException {
        record.clear().putLong(0, at);
        channel.write(record, at % FILE_BYTES);
        channel.force(false);
        at += RECORD_BYTES;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
    }
}
