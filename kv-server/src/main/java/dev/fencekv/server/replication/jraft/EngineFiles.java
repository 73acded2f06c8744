package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.core.DefaultJRaftServiceFactory;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import dev.fencekv.server.health.SyncTimes;
import dev.fencekv.server.replication.FatalListener;
import dev.fencekv.server.replication.log.DirectoryDisk;
import dev.fencekv.server.replication.log.FaultyDisk;
import java.nio.file.Path;

/**
 * What the engine keeps on disk: log and votes in our files, snapshots in its own folders. Its own
 * log would need RocksDB, which is not on the class path.
 */
public final class EngineFiles extends DefaultJRaftServiceFactory {
    private final int logSegmentBytes;
    private final SyncTimes syncTimes;
    private final FatalListener fatal;

    /**
     * @param syncTimes told how long each sync of the log took
     * @param fatal told if the log can no longer be written or read
     */
    public EngineFiles(int logSegmentBytes, SyncTimes syncTimes, FatalListener fatal) {
        this.syncTimes = syncTimes;
        this.logSegmentBytes = logSegmentBytes;
        this.fatal = fatal;
    }

    @Override
    public LogStorage createLogStorage(String uri, RaftOptions raft) {
        return new SegmentLogStorage(
                FaultyDisk.unlessSound(new DirectoryDisk(Path.of(uri))),
                logSegmentBytes,
                syncTimes,
                fatal);
    }

    @Override
    public RaftMetaStorage createRaftMetaStorage(String uri, RaftOptions raft) {
        return new VotesFile(Path.of(uri));
    }
}
