package dev.fencekv.server.replication.jraft;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.conf.ConfigurationManager;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import dev.fencekv.check.Check;
import dev.fencekv.server.health.SyncTimes;
import dev.fencekv.server.replication.ReplicatorOptions;
import dev.fencekv.server.replication.log.DirectoryDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the engine relies on, in its own words. */
class SegmentLogStorageTest {
    private static final List<PeerId> TWO =
            List.of(PeerId.parsePeer("10.0.0.1:7401"), PeerId.parsePeer("10.0.0.2:7401"));
    private static final List<PeerId> ONE = List.of(PeerId.parsePeer("10.0.0.3:7401"));

    @TempDir Path directory;

    private final List<String> fatal = new ArrayList<>();
    private ConfigurationManager configurations = new ConfigurationManager();
    private @Nullable SegmentLogStorage opened;

    @BeforeEach
    void init() {
        SegmentLogStorage storage =
                new SegmentLogStorage(
                        new DirectoryDisk(directory),
                        ReplicatorOptions.LOG_SEGMENT_BYTES_MIN,
                        new SyncTimes(),
                        (line, cause) -> fatal.add(line));
        configurations = new ConfigurationManager();
        LogStorageOptions options = new LogStorageOptions();
        options.setConfigurationManager(configurations);
        assertThat(storage.init(options)).isTrue();
        opened = storage;
    }

    private SegmentLogStorage storage() {
        return Check.present(opened, "the storage");
    }

    @AfterEach
    void close() {
        storage().shutdown();
        assertThat(fatal).isEmpty();
    }

    private void restart() {
        storage().shutdown();
        init();
    }

    private static LogEntry entry(EntryType type, long index, long term, byte... data) {
        LogEntry entry = new LogEntry(type);
        entry.setId(new LogId(index, term));
        if (data.length > 0) {
            entry.setData(ByteBuffer.wrap(data));
        }
        return entry;
    }

    private static LogEntry data(long index) {
        return entry(EntryType.ENTRY_TYPE_DATA, index, 1, (byte) index);
    }

    private static LogEntry members(long index, List<PeerId> peers, List<PeerId> old) {
        LogEntry entry = entry(EntryType.ENTRY_TYPE_CONFIGURATION, index, 2);
        entry.setPeers(peers);
        entry.setOldPeers(old);
        entry.setLearners(ONE);
        return entry;
    }

    @Test
    void entriesOfAllTypesComeBackAsTheyWere() {
        List<LogEntry> entries =
                List.of(
                        members(1, TWO, ONE),
                        entry(EntryType.ENTRY_TYPE_NO_OP, 2, 2),
                        entry(EntryType.ENTRY_TYPE_DATA, 3, 2, (byte) 1, (byte) 2));
        assertThat(storage().appendEntries(entries)).isEqualTo(3);
        restart();
        for (LogEntry entry : entries) {
            assertThat(storage().getEntry(entry.getId().getIndex())).isEqualTo(entry);
        }
        assertThat(storage().getFirstLogIndex()).isEqualTo(1);
        assertThat(storage().getLastLogIndex()).isEqualTo(3);
        assertThat(storage().getEntry(4)).isNull();
    }

    @Test
    void membersThatWereDroppedAreNotToldAfterARestart() {
        storage()
                .appendEntries(
                        List.of(members(1, TWO, ONE), data(2), members(3, ONE, ONE), data(4)));
        storage().truncateSuffix(2);
        storage().appendEntry(data(3));
        restart();
        assertThat(configurations.getLastConfiguration().getId()).isEqualTo(new LogId(1, 2));
        assertThat(configurations.getLastConfiguration().getConf().getPeers()).isEqualTo(TWO);
        assertThat(configurations.getLastConfiguration().getOldConf().getPeers()).isEqualTo(ONE);

        storage().truncatePrefix(2);
        restart();
        assertThat(configurations.getLastConfiguration().isEmpty()).isTrue();
    }

    /** What the engine does after it has loaded a snapshot that is ahead of its log. */
    @Test
    void aLogThatIsDroppedWholeGoesOnWithTheNextIndex() {
        storage().appendEntries(List.of(data(1), data(2)));
        assertThat(storage().truncatePrefix(101)).isTrue();
        restart();
        assertThat(storage().getFirstLogIndex()).isEqualTo(101);
        assertThat(storage().getLastLogIndex()).isEqualTo(100);
        assertThat(storage().appendEntry(data(101))).isTrue();

        assertThat(storage().reset(50)).isTrue();
        assertThat(storage().appendEntry(data(50))).isTrue();
        restart();
        assertThat(storage().getFirstLogIndex()).isEqualTo(50);
        assertThat(storage().getLastLogIndex()).isEqualTo(50);
    }
}
