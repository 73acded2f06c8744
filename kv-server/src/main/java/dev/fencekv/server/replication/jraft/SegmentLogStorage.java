package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.conf.ConfigurationManager;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import dev.fencekv.check.Check;
import dev.fencekv.server.health.SyncTimes;
import dev.fencekv.server.replication.FatalListener;
import dev.fencekv.server.replication.StartRefusedException;
import dev.fencekv.server.replication.log.Disk;
import dev.fencekv.server.replication.log.LogCorruptedException;
import dev.fencekv.server.replication.log.SegmentLog;
import dev.fencekv.server.replication.log.StoredEntry;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our log as the engine wants it. Every failure is told to the listener, with the file's name,
 * before the engine hears of it: the engine itself does not say what failed.
 *
 * <p>The engine appends and truncates on one thread (its log manager's), and reads on any.
 */
final class SegmentLogStorage implements LogStorage {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentLogStorage.class);

    private static final int CONFIRM_INTERVAL_MS = 1_000;
    private static final int STOP_TIMEOUT_S = 30;

    private final Disk disk;
    private final int segmentBytes;
    private final SyncTimes syncTimes;
    private final FatalListener fatal;
    private final ScheduledExecutorService background =
            Executors.newSingleThreadScheduledExecutor(
                    task -> {
                        Thread thread = new Thread(task, "fencekv-log");
                        thread.setDaemon(true);
                        return thread;
                    });
    private @Nullable SegmentLog log;

    SegmentLogStorage(Disk disk, int segmentBytes, SyncTimes syncTimes, FatalListener fatal) {
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.syncTimes = syncTimes;
        this.fatal = fatal;
    }

    /** Throws {@link StartRefusedException} if the log cannot be believed. */
    @Override
    public boolean init(LogStorageOptions options) {
        Configurations configurations = new Configurations();
        try {
            log = SegmentLog.open(disk, segmentBytes, configurations, background, fatal);
        } catch (LogCorruptedException e) {
            background.shutdown();
            throw new StartRefusedException(e.getMessage(), e);
        } catch (IOException e) {
            background.shutdown();
            throw new StartRefusedException("cannot open the log: " + e, e);
        }
        configurations.tell(options.getConfigurationManager());
        background.scheduleWithFixedDelay(
                this::confirm, CONFIRM_INTERVAL_MS, CONFIRM_INTERVAL_MS, TimeUnit.MILLISECONDS);
        return true;
    }

    /** The entries that say who the members are, collected while the log is read. */
    private static final class Configurations implements SegmentLog.Replay {
        private final TreeMap<Long, LogEntry> found = new TreeMap<>();

        @Override
        public void entry(long index, long term, int type, ByteBuffer payload) {
            if (type == EntryType.ENTRY_TYPE_CONFIGURATION_VALUE) {
                found.put(index, EntryPayload.entry(index, term, type, payload));
            }
        }

        @Override
        public void keep(long first, long next) {
            found.headMap(first).clear();
            found.tailMap(next).clear();
        }

        void tell(ConfigurationManager manager) {
            for (LogEntry entry : found.values()) {
                ConfigurationEntry configuration = new ConfigurationEntry();
                configuration.setId(entry.getId());
                configuration.setConf(new Configuration(entry.getPeers(), entry.getLearners()));
                if (entry.getOldPeers() != null) {
                    configuration.setOldConf(
                            new Configuration(entry.getOldPeers(), entry.getOldLearners()));
                }
                manager.add(configuration);
            }
        }
    }

    private SegmentLog log() {
        return Check.present(log, "the log");
    }

    private void confirm() {
        try {
            log().confirmIfQuiet();
        } catch (IOException | RuntimeException e) {
            // The listener knows. What a scheduled task throws would only be lost.
            LOG.error("the log cannot be confirmed: {}", e.getMessage());
        }
    }

    @Override
    public long getFirstLogIndex() {
        return log().firstIndex();
    }

    @Override
    public long getLastLogIndex() {
        return log().lastIndex();
    }

    @Override
    public @Nullable LogEntry getEntry(long index) {
        try {
            StoredEntry stored = log().read(index).orElse(null);
            return stored == null
                    ? null
                    : EntryPayload.entry(
                            stored.index(), stored.term(), stored.type(), stored.payload());
        } catch (IOException e) {
            LOG.error("cannot read entry {}: {}", index, e.getMessage());
            return null;
        }
    }

    @Override
    @Deprecated
    public long getTerm(long index) {
        LogEntry entry = getEntry(index);
        return entry == null ? 0 : entry.getId().getTerm();
    }

    @Override
    public boolean appendEntry(LogEntry entry) {
        return appendEntries(List.of(entry)) == 1;
    }

    /** All or, as far as the engine is told, none. */
    @Override
    public int appendEntries(List<LogEntry> entries) {
        PutTrace.mark(Stage.LOG_BEGUN);
        try {
            for (int i = 0; i < entries.size(); i++) {
                LogEntry entry = entries.get(i);
                LogId id = entry.getId();
                log().append(
                                id.getIndex(),
                                id.getTerm(),
                                entry.getType().getNumber(),
                                EntryPayload.of(entry));
            }
            long begun = System.nanoTime();
            log().sync();
            long ended = System.nanoTime();
            syncTimes.took(ended - begun, ended);
            PutTrace.mark(Stage.LOG_SYNCED);
            return entries.size();
        } catch (IOException e) {
            LOG.error("cannot append {} entries: {}", entries.size(), e.getMessage());
            return 0;
        }
    }

    private interface Truncation {
        void run() throws IOException;
    }

    private static boolean succeeds(Truncation truncation) {
        try {
            truncation.run();
            return true;
        } catch (IOException e) {
            LOG.error("cannot truncate the log: {}", e.getMessage());
            return false;
        }
    }

    @Override
    public boolean truncatePrefix(long firstIndexKept) {
        return succeeds(() -> log().truncatePrefix(firstIndexKept));
    }

    @Override
    public boolean truncateSuffix(long lastIndexKept) {
        return succeeds(() -> log().truncateSuffix(lastIndexKept));
    }

    @Override
    public boolean reset(long nextLogIndex) {
        return succeeds(() -> log().reset(nextLogIndex));
    }

    @Override
    public void shutdown() {
        background.shutdown();
        SegmentLog opened = log;
        if (opened == null) {
            return;
        }
        try {
            if (!background.awaitTermination(STOP_TIMEOUT_S, TimeUnit.SECONDS)) {
                LOG.warn("the log is closed while it still works in the background");
            }
            opened.close();
        } catch (IOException e) {
            LOG.warn("the log did not close cleanly: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
