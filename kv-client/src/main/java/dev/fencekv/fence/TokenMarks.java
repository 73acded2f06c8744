package dev.fencekv.fence;

import dev.fencekv.check.Check;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.ResourceName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The highest token that a service has seen of each of its resources, in a directory: a service
 * that forgets it in a restart would let a stale holder in.
 *
 * <p>Assumptions: 1. One process at a time uses the directory. 2. Each use ends in the thread that
 * began it.
 *
 * <p>Guarantees: 1. Once a token was let in, no lower one is, also after a crash. 2. A higher token
 * is let in only when all uses with lower ones have ended; so nothing that an older holder began
 * happens after it. Safe from any thread.
 */
public final class TokenMarks {
    private final Path directory;
    private final ConcurrentMap<ResourceName, Mark> marks = new ConcurrentHashMap<>();

    /** Makes the directory if there is none. */
    public TokenMarks(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
    }

    /** A use of a resource; ends by {@link #close}, in the thread that began it. */
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Begins a use of the resource. Waits until uses with lower tokens have ended, if this is the
     * first with its token.
     *
     * @throws StaleTokenException a higher token has been let in
     * @throws IOException the mark cannot be read or written; nobody is let in
     */
    public Use begin(ResourceName resource, FencingToken token)
            throws IOException, StaleTokenException {
        Check.argument(!token.isNone(), "a token above 0");
        Mark mark = marks.get(resource);
        if (mark == null) {
            mark = load(resource);
        }
        return mark.begin(token);
    }

    private Mark load(ResourceName resource) throws IOException {
        try {
            return marks.computeIfAbsent(resource, this::loaded);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private Mark loaded(ResourceName resource) {
        // Any text may be a resource's name, but not a file's; and names differ in case.
        byte[] name = resource.value().getBytes(StandardCharsets.UTF_8);
        MarkFile file = new MarkFile(fileOf(name));
        try {
            Files.createDirectories(fileOf(name).getParent());
            return new Mark(resource, file, file.read());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Hex, in pieces that a file system takes as names. */
    private Path fileOf(byte[] name) {
        String hex = HexFormat.of().formatHex(name);
        Path path = directory;
        int piece = 200;
        for (int i = 0; i < hex.length(); i += piece) {
            boolean last = i + piece >= hex.length();
            path =
                    path.resolve(
                            hex.substring(i, Math.min(hex.length(), i + piece))
                                    + (last ? ".mark" : ""));
        }
        return path;
    }

    private static final class Mark {
        private final ResourceName resource;
        private final MarkFile file;

        /** Read while somebody uses the resource; written while the mark goes up. */
        private final ReentrantReadWriteLock uses = new ReentrantReadWriteLock(true);

        /** Guarded by {@link #uses}. */
        private FencingToken highest;

        Mark(ResourceName resource, MarkFile file, FencingToken highest) {
            this.resource = resource;
            this.file = file;
            this.highest = highest;
        }

        Use begin(FencingToken token) throws IOException, StaleTokenException {
            Lock shared = uses.readLock();
            shared.lock();
            FencingToken seen = highest;
            if (token.equals(seen)) {
                return shared::unlock;
            }
            shared.unlock();
            if (token.compareTo(seen) < 0) {
                throw new StaleTokenException(resource, token, seen);
            }
            return raise(token, shared);
        }

        private Use raise(FencingToken token, Lock shared) throws IOException, StaleTokenException {
            Lock alone = uses.writeLock();
            alone.lock();
            try {
                int order = token.compareTo(highest);
                if (order < 0) {
                    throw new StaleTokenException(resource, token, highest);
                }
                if (order > 0) {
                    file.write(token);
                    highest = token;
                }
                shared.lock();
                return shared::unlock;
            } finally {
                alone.unlock();
            }
        }
    }
}
