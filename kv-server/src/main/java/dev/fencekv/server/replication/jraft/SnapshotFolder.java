package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.replication.AppliedState;
import dev.fencekv.server.replication.FileFailure;
import dev.fencekv.server.state.KvStateMachine;
import dev.fencekv.server.state.KvStore;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the state into the engine's snapshot folder, in the background, and reads it back. The
 * file is on disk before the engine hears that it is there.
 */
final class SnapshotFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFolder.class);

    private static final String FILE = "state";
    private static final int BLOCK_BYTES = 256 * 1024;

    /** The state machine in a snapshot, and the entry that it stands for. */
    record Loaded(KvStateMachine state, long index) {}

    private final KvStore.Factory stores;
    private final ExecutorService background =
            Executors.newSingleThreadExecutor(
                    task -> {
                        Thread thread = new Thread(task, "fencekv-snapshot");
                        thread.setDaemon(true);
                        return thread;
                    });

    SnapshotFolder(KvStore.Factory stores) {
        this.stores = stores;
    }

    /** Returns at once; {@code done} is run when the file is written, or cannot be. */
    void save(AppliedState.Walk walk, SnapshotWriter folder, Closure done) {
        try {
            background.execute(() -> done.run(write(walk, folder)));
        } catch (RejectedExecutionException e) {
            walk.close();
            done.run(new Status(RaftError.ECANCELED, "this node is stopping"));
        }
    }

    private static Status write(AppliedState.Walk walk, SnapshotWriter folder) {
        Path file = Path.of(folder.getPath(), FILE);
        try (walk;
                FileOutputStream stream = new FileOutputStream(file.toFile())) {
            dev.fencekv.server.state.SnapshotWriter writer =
                    new dev.fencekv.server.state.SnapshotWriter(
                            new BufferedOutputStream(stream, BLOCK_BYTES));
            BytesOut block = new BytesOut(BLOCK_BYTES);
            boolean more;
            do {
                more = walk.step(block);
                if (!more || block.length() >= BLOCK_BYTES) {
                    writer.write(block);
                }
                walk.giveWay();
            } while (more);
            writer.finish(walk.digest());
            stream.getFD().sync();
            LOG.info("wrote a snapshot of {} bytes", Files.size(file));
            return folder.addFile(FILE)
                    ? Status.OK()
                    : new Status(RaftError.EIO, "cannot add %s to the snapshot", FILE);
        } catch (IOException e) {
            LOG.error("cannot write the snapshot {}", file, e);
            return new Status(RaftError.EIO, "cannot write %s: %s", file, FileFailure.of(e));
        } catch (Throwable e) {
            // An Error, too: the engine takes no other snapshot until this one has ended.
            LOG.warn("the snapshot was given up: {}", String.valueOf(e));
            return new Status(RaftError.ECANCELED, "%s", String.valueOf(e));
        }
    }

    /** The file's checksums and the digest of what it holds are verified. */
    Loaded load(SnapshotReader folder) throws IOException {
        SnapshotMeta meta = folder.load();
        if (meta == null) {
            throw new IOException("its table of contents cannot be read");
        }
        Path file = Path.of(folder.getPath(), FILE);
        try (InputStream stream =
                new BufferedInputStream(Files.newInputStream(file), BLOCK_BYTES)) {
            return new Loaded(KvStateMachine.load(stream, stores), meta.getLastIncludedIndex());
        }
    }

    /** After the engine has stopped: it waits for the snapshot that is being written. */
    @Override
    public void close() {
        background.shutdown();
    }
}
