package dev.fencekv.fence;

import dev.fencekv.check.Check;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.ResourceName;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A file that only the holder of the newest token replaces. Beside {@code FILE} lie {@code
 * FILE.fence}, the highest token that has written it, and {@code FILE.lock}, which is held while it
 * is written. The mark goes up, on disk, before the content changes, and the content changes by a
 * rename: readers see the old file or the new one, whenever the machine stops.
 *
 * <p>What it cannot protect: writers that do not go through it; a process that keeps the file open
 * and writes into it; a file system whose locks are not the same for all machines (NFS without a
 * lock service), or whose renames are not atomic (object stores mounted as directories); and
 * whoever removes the three files.
 *
 * <p>Safe from any thread, and between processes of one machine. A waiting writer is not told how
 * long it will wait.
 */
public final class FileFence {
    /** A file lock is the process's, not the thread's: these are for the threads of this one. */
    private static final ConcurrentMap<Path, ReentrantLock> OURS = new ConcurrentHashMap<>();

    private final Path file;
    private final Path lockFile;
    private final MarkFile mark;

    public FileFence(Path file) {
        this.file = file.toAbsolutePath().normalize();
        this.lockFile = beside(".lock");
        this.mark = new MarkFile(beside(".fence"));
    }

    private Path beside(String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    /**
     * Replaces the whole content; on disk when it returns.
     *
     * @throws StaleTokenException a higher token has written, or has been announced by {@link
     *     #raise}: the file is as it was
     */
    public void replace(FencingToken token, byte[] content)
            throws IOException, StaleTokenException {
        // The token is in the name, so that what a crash leaves behind says whose it was.
        Path fresh = beside("." + token + ".new");
        enter(token, () -> MarkFile.replace(fresh, file, content));
    }

    /**
     * Announces a new holder: from here on no lower token writes, although this one has not yet. To
     * be called first in each tenure, before the file is read.
     *
     * @throws StaleTokenException as for {@link #replace}
     */
    public void raise(FencingToken token) throws IOException, StaleTokenException {
        enter(token, () -> {});
    }

    private interface Work {
        void run() throws IOException;
    }

    private void enter(FencingToken token, Work work) throws IOException, StaleTokenException {
        Check.argument(!token.isNone(), "a token above 0");
        ReentrantLock ours = OURS.computeIfAbsent(file, unused -> new ReentrantLock());
        ours.lock();
        try (FileChannel channel = openLockFile()) {
            channel.lock(); // Closing the channel unlocks it.
            raiseLocked(token);
            work.run();
        } finally {
            ours.unlock();
        }
    }

    private FileChannel openLockFile() throws IOException {
        return FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private void raiseLocked(FencingToken token) throws IOException, StaleTokenException {
        FencingToken highest = mark.read();
        int order = token.compareTo(highest);
        if (order < 0) {
            throw new StaleTokenException(name(), token, highest);
        }
        if (order > 0) {
            mark.write(token);
        }
    }

    private ResourceName name() {
        return new ResourceName(String.valueOf(file.getFileName()));
    }
}
