package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import dev.fencekv.check.Check;
import dev.fencekv.server.command.LogEntryCodec;
import dev.fencekv.server.command.NewerFormatException;
import dev.fencekv.server.replication.FileFailure;
import dev.fencekv.server.replication.ReplicatedLog;
import dev.fencekv.server.replication.SealedEntry;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * What the engine calls back, translated. Nothing is thrown back into the engine: an exception out
 * of its callbacks would stall the group. Called by the apply thread.
 */
final class EngineStateMachine extends StateMachineAdapter {
    private final ReplicatedLog log;
    private final SnapshotFolder snapshots;
    private final Path directory;

    /**
     * @param directory of the engine's log, for the lines that operators read
     */
    EngineStateMachine(ReplicatedLog log, SnapshotFolder snapshots, Path directory) {
        this.log = log;
        this.snapshots = snapshots;
        this.directory = directory;
    }

    @Override
    public void onApply(Iterator entries) {
        while (entries.hasNext()) {
            try {
                apply(entries);
            } catch (Throwable e) {
                entries.setErrorAndRollback(
                        1, new Status(RaftError.ESTATEMACHINE, "%s", String.valueOf(e)));
                log.fail(line(entries.getIndex(), e), e);
                return;
            }
            entries.next();
        }
    }

    private void apply(Iterator entries) {
        PutTrace.mark(Stage.DELIVERED);
        SealedEntry ours =
                entries.done() instanceof EntryClosure
                        ? ((EntryClosure) entries.done()).entry()
                        : null;
        ByteBuffer data = entries.getData().duplicate();
        Check.invariant(
                ours == null || data.equals(ByteBuffer.wrap(ours.bytes())),
                "the engine hands our closure to our entry");
        log.onEntry(
                entries.getIndex(),
                entries.getTerm(),
                ours,
                () -> LogEntryCodec.decode(data),
                data.remaining());
    }

    private static String line(long index, Throwable cause) {
        Throwable root = cause.getCause() == null ? cause : cause.getCause();
        return root instanceof NewerFormatException
                ? "entry " + index + ": " + root.getMessage()
                : String.valueOf(cause.getMessage());
    }

    @Override
    public void onSnapshotSave(SnapshotWriter writer, Closure done) {
        try {
            snapshots.save(log.onSnapshotBegin(), writer, done);
        } catch (RuntimeException e) {
            done.run(new Status(RaftError.EINVAL, "%s", String.valueOf(e)));
        }
    }

    @Override
    public boolean onSnapshotLoad(SnapshotReader reader) {
        try {
            SnapshotFolder.Loaded loaded = snapshots.load(reader);
            log.onSnapshotLoaded(loaded.state(), loaded.index());
            return true;
        } catch (Throwable e) {
            log.fail(
                    "cannot load the snapshot in " + reader.getPath() + ": " + FileFailure.of(e),
                    e);
            return false;
        }
    }

    @Override
    public void onLeaderStart(long term) {
        guarded("begin to lead", () -> log.onLeaderStart(term));
    }

    @Override
    public void onLeaderStop(Status status) {
        guarded("stop leading", log::onLeaderStop);
    }

    @Override
    public void onStartFollowing(LeaderChangeContext context) {
        guarded(
                "follow",
                () ->
                        log.onFollowing(
                                context.getLeaderId().getEndpoint().toString(), context.getTerm()));
    }

    @Override
    public void onStopFollowing(LeaderChangeContext context) {
        guarded("stop following", log::onLeaderLost);
    }

    private void guarded(String what, Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException e) {
            log.fail("cannot " + what + ": " + e.getMessage(), e);
        }
    }

    /** Full disk, failed write or sync, checksum: the node stops rather than serve. */
    @Override
    public void onError(RaftException e) {
        log.fail(
                "the log in "
                        + directory
                        + " has failed ("
                        + e.getType()
                        + "): "
                        + e.getStatus().getErrorMsg()
                        + "; the lines before this one name the file and the cause: check the"
                        + " disk, then start again",
                e);
    }
}
