package dev.fencekv.server.replication;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.server.command.Member;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node's directory: its identity, log, votes and snapshots, held by one process at a time.
 *
 * <pre>
 *  LOCK  fencekv-node  log/  meta/  snapshot/
 * </pre>
 *
 * The identity is written last when the directory is made, so one that has an identity had all the
 * rest; if some of that is missing, the node has lost promises that it gave, and must not start.
 *
 * <p>Safe from any thread.
 */
public final class DataDirectory implements AutoCloseable {
    /** In {@link #meta}: the term and vote. */
    public static final String VOTES = "votes";

    private static final String LOCK = "LOCK";
    private static final List<String> PARTS = List.of("log", "meta", "snapshot");

    /** What a start that was cut short may leave behind. */
    private static final Set<String> NOT_YET_A_NODE =
            Set.of(LOCK, "log", "meta", "snapshot", IdentityFile.NAME + ".new", "lost+found");

    private final Path directory;
    private final FileChannel lockFile;
    private volatile NodeIdentity identity;

    private DataDirectory(Path directory, FileChannel lockFile, NodeIdentity identity) {
        this.directory = directory;
        this.lockFile = lockFile;
        this.identity = identity;
    }

    /** Throws {@link StartRefusedException} if this node must not start here. */
    public static DataDirectory open(Path directory, String peerAddress) {
        FileChannel lockFile = null;
        try {
            Files.createDirectories(directory);
            lockFile = lock(directory);
            Path file = directory.resolve(IdentityFile.NAME);
            NodeIdentity identity =
                    Files.exists(file)
                            ? known(directory, IdentityFile.read(file), peerAddress)
                            : fresh(directory, peerAddress);
            return new DataDirectory(directory, lockFile, identity);
        } catch (IOException e) {
            unlock(lockFile);
            throw new StartRefusedException(
                    "cannot use " + directory + ": " + FileFailure.of(e), e);
        } catch (RuntimeException e) {
            unlock(lockFile);
            throw e;
        }
    }

    private static FileChannel lock(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        directory.resolve(LOCK),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by this very process: refused below, as if by another.
        }
        if (lock == null) {
            channel.close();
            throw new StartRefusedException(directory + " is in use by another process");
        }
        return channel;
    }

    private static void unlock(@Nullable FileChannel lockFile) {
        try {
            if (lockFile != null) {
                lockFile.close();
            }
        } catch (IOException e) {
            // The process that ends takes the lock with it.
        }
    }

    private static NodeIdentity known(Path directory, NodeIdentity identity, String peerAddress)
            throws IOException {
        if (!identity.peerAddress().equals(peerAddress)) {
            throw new StartRefusedException(
                    directory
                            + " belongs to the node at "
                            + identity.peerAddress()
                            + ", but this one was started as "
                            + peerAddress);
        }
        for (String part : PARTS) {
            if (!Files.isDirectory(directory.resolve(part))) {
                throw lostPart(directory.resolve(part) + " is missing");
            }
        }
        if (identity.isFormed()) {
            Path log = directory.resolve("log");
            if (!isFilled(log)) {
                throw lostPart(log + " is empty");
            }
            Path votes = directory.resolve("meta").resolve(VOTES);
            if (!Files.exists(votes)) {
                throw lostPart(votes + " is missing");
            }
        }
        return identity;
    }

    private static StartRefusedException lostPart(String what) {
        return new StartRefusedException(
                what
                        + ": this node has lost what it promised to others, and must"
                        + " not vote; leave it stopped, and see operations.md");
    }

    private static NodeIdentity fresh(Path directory, String peerAddress) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            files.filter(path -> !NOT_YET_A_NODE.contains(path.getFileName().toString()))
                    .findFirst()
                    .ifPresent(
                            stranger -> {
                                throw new StartRefusedException(
                                        directory
                                                + " holds "
                                                + stranger.getFileName()
                                                + " but no "
                                                + IdentityFile.NAME
                                                + ": not a directory of FenceKV");
                            });
        }
        for (String part : PARTS) {
            if (isFilled(directory.resolve(part))) {
                throw new StartRefusedException(
                        directory.resolve(IdentityFile.NAME)
                                + " is missing, but "
                                + directory.resolve(part)
                                + " is not empty: restore it, or start with an empty directory");
            }
        }
        for (String part : PARTS) {
            Files.createDirectories(directory.resolve(part));
        }
        ChecksummedText.syncDirectory(directory);
        NodeIdentity minted = NodeIdentity.fresh(mintNodeId(), peerAddress);
        IdentityFile.write(directory.resolve(IdentityFile.NAME), minted);
        return minted;
    }

    private static boolean isFilled(Path part) throws IOException {
        if (!Files.isDirectory(part)) {
            return false;
        }
        try (Stream<Path> files = Files.list(part)) {
            return files.findAny().isPresent();
        }
    }

    private static long mintNodeId() {
        SecureRandom random = new SecureRandom();
        long id = random.nextLong();
        while (id == 0) {
            id = random.nextLong();
        }
        return id;
    }

    public NodeIdentity identity() {
        return identity;
    }

    /**
     * What the log says of the cluster, applied up to {@code index}; on disk when it returns. False
     * if that is older than what is known.
     *
     * <p>HAZARD: a node that starts again applies once more what was long ago. Would it believe
     * that, it would take for a member who has left, and refuse who has come.
     */
    public synchronized boolean remember(ClusterId cluster, long index, List<Member> members)
            throws IOException {
        if (identity.isFormed() && index < identity.membersIndex()) {
            return false;
        }
        if (!cluster.equals(identity.cluster()) || !members.equals(identity.members())) {
            NodeIdentity now = identity.in(cluster, index, members);
            IdentityFile.write(directory.resolve(IdentityFile.NAME), now);
            identity = now;
        }
        return true;
    }

    public Path log() {
        return directory.resolve("log");
    }

    public Path meta() {
        return directory.resolve("meta");
    }

    public Path snapshot() {
        return directory.resolve("snapshot");
    }

    @Override
    public void close() {
        unlock(lockFile);
    }
}
