package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.storage.impl.RocksDBLogStorage;
import com.alipay.sofa.jraft.util.StorageOptionsFactory;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.util.SizeUnit;

/**
 * RocksDB as the log of a small process: the engine's defaults cost 200 MB per node. Entries are
 * written once, in order, read while they are young, and deleted from the front, so there is little
 * to cache and nothing to compress.
 *
 * <p>HAZARD: what was acknowledged must not disappear from the middle of the write-ahead log. Under
 * RocksDB's default, point-in-time recovery, a damaged record silently ends the log there, and the
 * node would vote without entries that it has promised to hold. So only a torn record at the very
 * end is tolerated; anything else fails the start. Recycled log files cannot tell the two apart,
 * and are not used (RocksDB 8.8 ignores the option under its default mode anyway).
 */
final class RocksLogTuning {
    /** Once per process: the engine keeps options in a static table. */
    private static final boolean REGISTERED = register();

    private RocksLogTuning() {}

    static void ensure() {
        if (!REGISTERED) {
            throw new IllegalStateException("RocksDB's options are not registered");
        }
    }

    private static boolean register() {
        StorageOptionsFactory.registerRocksDBOptions(
                RocksDBLogStorage.class,
                new DBOptions()
                        .setCreateIfMissing(true)
                        .setCreateMissingColumnFamilies(true)
                        .setMaxOpenFiles(256)
                        .setMaxBackgroundJobs(2)
                        .setMaxTotalWalSize(64 * SizeUnit.MB)
                        .setRecycleLogFileNum(0)
                        .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                        .setKeepLogFileNum(2)
                        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL));
        StorageOptionsFactory.registerRocksDBColumnFamilyOptions(
                RocksDBLogStorage.class,
                new ColumnFamilyOptions()
                        .setWriteBufferSize(16 * SizeUnit.MB)
                        .setMaxWriteBufferNumber(3)
                        .setCompressionType(CompressionType.NO_COMPRESSION)
                        .setCompactionStyle(CompactionStyle.LEVEL)
                        .setLevel0FileNumCompactionTrigger(10)
                        .setLevel0SlowdownWritesTrigger(20)
                        .setLevel0StopWritesTrigger(40)
                        .setTargetFileSizeBase(64 * SizeUnit.MB)
                        .setMaxBytesForLevelBase(512 * SizeUnit.MB)
                        .setForceConsistencyChecks(true));
        StorageOptionsFactory.registerRocksDBTableFormatConfig(
                RocksDBLogStorage.class,
                new BlockBasedTableConfig().setNoBlockCache(true).setBlockSize(16 * SizeUnit.KB));
        return true;
    }
}
