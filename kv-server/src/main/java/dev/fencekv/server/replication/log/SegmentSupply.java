package dev.fencekv.server.replication.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Makes the next segment ready before it is needed, in the background, from a file that the log no
 * longer needs if there is one. All of a segment's blocks have been written once before it is used:
 * to sync a write to it then changes nothing in the file system's own tables, which would cost a
 * second write.
 *
 * <p>{@link #prepare} and {@link #take} belong to the thread that writes the log.
 */
final class SegmentSupply {
    /** More files than these are deleted. */
    private static final int SPARES_MAX = 4;

    private static final String SPARE = ".spare";
    private static final String UNFINISHED = ".new";
    private static final int ZEROS_BYTES = 1 << 20;
    private static final int ZEROS_PER_SYNC = 8;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Disk disk;
    private final int segmentBytes;
    private final Executor background;
    private final Consumer<Exception> failed;

    /** Their names are on disk. Owned by the background. */
    private final Deque<String> spares;

    private CompletableFuture<Segment> next = new CompletableFuture<>();

    SegmentSupply(
            Disk disk,
            int segmentBytes,
            Collection<String> spares,
            Executor background,
            Consumer<Exception> failed) {
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.spares = new ArrayDeque<>(spares);
        this.background = background;
        this.failed = failed;
    }

    static boolean isSpare(String name) {
        return name.endsWith(SPARE);
    }

    static String spareName(long sequence) {
        return "%016x".formatted(sequence) + SPARE;
    }

    static boolean isUnfinished(String name) {
        return name.endsWith(UNFINISHED);
    }

    /** Begins to make the segment that is taken next. */
    void prepare(long sequence) {
        CompletableFuture<Segment> making = new CompletableFuture<>();
        next = making;
        background.execute(
                () -> {
                    try {
                        making.complete(make(sequence));
                    } catch (IOException | RuntimeException e) {
                        making.completeExceptionally(e);
                        failed.accept(e);
                    }
                });
    }

    /** Waits for it if need be. */
    Segment take() throws IOException {
        try {
            return next.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a segment was made ready", e);
        }
    }

    /** The log needs these no more. */
    void recycle(List<Segment> segments) {
        if (segments.isEmpty()) {
            return;
        }
        background.execute(
                () -> {
                    try {
                        for (Segment segment : segments) {
                            segment.close();
                            disk.rename(segment.name(), spareName(segment.sequence()));
                        }
                        disk.sync();
                        for (Segment segment : segments) {
                            spares.add(spareName(segment.sequence()));
                        }
                        deleteSurplus();
                    } catch (IOException | RuntimeException e) {
                        failed.accept(e);
                    }
                });
    }

    /** When nothing runs in the background any more. */
    void close() throws IOException {
        if (next.isDone() && !next.isCompletedExceptionally()) {
            next.join().close();
        }
    }

    private void deleteSurplus() throws IOException {
        while (spares.size() > SPARES_MAX) {
            disk.delete(spares.removeLast());
        }
    }

    private Segment make(long sequence) throws IOException {
        String name = Segment.name(sequence);
        try {
            String file = spares.isEmpty() ? filled(sequence) : spares.remove();
            while (!turnInto(name, file)) {
                disk.delete(file);
                file = spares.isEmpty() ? filled(sequence) : spares.remove();
            }
            return Segment.open(disk, name);
        } catch (IOException e) {
            throw new IOException(
                    "cannot make " + disk.path(name) + " ready: " + e.getMessage(), e);
        }
    }

    /** False if the file has not the size that segments have now. */
    private boolean turnInto(String segment, String name) throws IOException {
        try (Disk.File file = disk.open(name)) {
            if (file.size() != segmentBytes) {
                return false;
            }
            Segment.writeHeader(file, Segment.sequence(segment), RANDOM.nextLong(), segmentBytes);
            file.sync();
        }
        disk.rename(name, segment);
        disk.sync();
        return true;
    }

    /** A new file, each byte of which has been written. */
    private String filled(long sequence) throws IOException {
        String name = "%016x".formatted(sequence) + UNFINISHED;
        ByteBuffer zeros = ByteBuffer.allocateDirect(Math.min(ZEROS_BYTES, segmentBytes));
        try (Disk.File file = disk.create(name)) {
            int written = 0;
            for (int i = 1; written < segmentBytes; i++) {
                zeros.clear().limit(Math.min(zeros.capacity(), segmentBytes - written));
                while (zeros.hasRemaining()) {
                    written += file.write(zeros, written);
                }
                if (i % ZEROS_PER_SYNC == 0) {
                    // In portions, so that nobody else's sync has to wait for all of it.
                    file.sync();
                }
            }
            file.sync();
        }
        return name;
    }
}
