package dev.fencekv.server.store;

import dev.fencekv.check.Check;
import dev.fencekv.check.InvariantViolation;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.state.KvStore;
import dev.fencekv.server.state.RecordCodec;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.hash.Data;
import net.openhft.chronicle.hash.impl.VanillaChronicleHash;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ExternalMapQueryContext;
import net.openhft.chronicle.map.MapEntry;
import net.openhft.chronicle.map.MapSegmentContext;
import org.jspecify.annotations.Nullable;

/**
 * Records off the heap, in a Chronicle Map in anonymous memory: the data makes no garbage and no
 * collection pauses grow with it. Never a file: the truth is log and snapshot (ADR 0003 tells why,
 * and what of this library must be kept away from).
 *
 * <p>Assumptions: those of {@link KvStore}; and (4) close comes after the last get: the map frees
 * its memory.
 *
 * <p>Guarantees: those of {@link KvStore}; and (4) a write holds its segment's write lock from
 * beginning to end, a get holds the read lock only while it copies, a shard's visit holds the
 * update lock, which admits gets; (5) a segment is a shard; (6) any failure of the map in a write
 * is an {@link InvariantViolation}: what it left behind is unknown.
 */
public final class ChronicleKvStore implements KvStore {
    /** For map.create(); the low-level layout of MapSizing decides, not these. */
    private static final int AVERAGE_KEY_BYTES = 24;

    private static final int AVERAGE_RECORD_BYTES = 192;

    private final SeededHash hash;
    private final QuotaAccount account;

    /** Seeded hash and key, to record. Written by the owner only. */
    private final ChronicleMap<byte[], byte[]> map;

    /** Room for records in the first tiers, of which the untouched part takes no memory. */
    private final long firstTiersBytes;

    private ChronicleKvStore(
            long quotaBytes, long hashSeed, MapSizing sizing, ChronicleMap<byte[], byte[]> map) {
        this.hash = SeededHash.of(hashSeed);
        this.account = new QuotaAccount(quotaBytes);
        this.map = map;
        this.firstTiersBytes = sizing.segments() * sizing.chunksPerTier() * RecordCodec.CHUNK_BYTES;
    }

    /** A {@link KvStore.Factory}. */
    public static ChronicleKvStore open(long quotaBytes, long hashSeed) {
        return open(quotaBytes, hashSeed, MapSizing.forQuota(quotaBytes));
    }

    static ChronicleKvStore open(long quotaBytes, long hashSeed, MapSizing sizing) {
        ChronicleMap<byte[], byte[]> map;
        try {
            map = createMap(sizing);
        } catch (OutOfMemoryError e) {
            throw new IllegalStateException(
                    "cannot reserve the memory for a quota of " + quotaBytes + " bytes", e);
        }
        ChronicleKvStore store = new ChronicleKvStore(quotaBytes, hashSeed, sizing, map);
        try {
            store.probeLargestRecord();
        } catch (RuntimeException e) {
            store.close();
            throw new IllegalStateException(
                    "Chronicle Map laid out as " + sizing + " does not hold the largest record", e);
        }
        return store;
    }

    private static ChronicleMap<byte[], byte[]> createMap(MapSizing sizing) {
        ChronicleMap<byte[], byte[]> map =
                ChronicleMap.of(byte[].class, byte[].class)
                        .name("records")
                        .averageKeySize(AVERAGE_KEY_BYTES)
                        .averageValueSize(AVERAGE_RECORD_BYTES)
                        .actualChunkSize(RecordCodec.CHUNK_BYTES)
                        .actualSegments(sizing.segments())
                        .actualChunksPerSegmentTier(sizing.chunksPerTier())
                        .entriesPerSegment(sizing.entriesPerTier())
                        .maxBloatFactor(sizing.maxBloatFactor())
                        .checksumEntries(false)
                        // At exit the hook would close the map under the threads that still apply.
                        .skipCloseOnExitHook(true)
                        .create();
        // HAZARD: the library's own list is an ArrayList that a write of one segment extends while
        // gets of other segments read it; a get that saw it half extended would read from a null.
        ((VanillaChronicleHash<?, ?, ?, ?>) map).tierBulkOffsets = new CopyOnWriteArrayList<>();
        return map;
    }

    /** More segments make the largest record smaller; the limit is nowhere to be read. */
    private void probeLargestRecord() {
        Key key = Key.copyOf(new byte[Limits.KEY_BYTES_MAX]);
        Versioned record =
                new Versioned(
                        Value.copyOf(new byte[Limits.VALUE_BYTES_MAX]),
                        1,
                        1,
                        1,
                        HybridTimestamp.ZERO,
                        FencingToken.NONE,
                        SessionId.NONE,
                        SessionId.NONE,
                        0);
        QuotaAccount probe = new QuotaAccount(QuotaAccount.chargeOf(key, Limits.VALUE_BYTES_MAX));
        put(key, record, probe);
        Check.invariant(record.equals(get(key)), "the largest record reads as written");
        remove(key, probe);
    }

    @Override
    public @Nullable Versioned get(Key key) {
        Scratch scratch = Scratch.ofThisThread();
        int recordBytes;
        try (ExternalMapQueryContext<byte[], byte[], ?> query = query(key, scratch)) {
            query.readLock().lock();
            MapEntry<byte[], byte[]> entry = query.entry();
            if (entry == null) {
                return null;
            }
            recordBytes = copyRecord(entry, scratch);
        }
        return scratch.decodeRecord(recordBytes);
    }

    @Override
    public void put(Key key, Versioned record) {
        put(key, record, account);
    }

    @Override
    public void remove(Key key) {
        remove(key, account);
    }

    private void put(Key key, Versioned record, QuotaAccount account) {
        Scratch scratch = Scratch.ofThisThread();
        BytesStore<?, ?> recordStore = scratch.holdRecord(record);
        try (ExternalMapQueryContext<byte[], byte[], ?> query = query(key, scratch)) {
            query.writeLock().lock();
            MapEntry<byte[], byte[]> entry = query.entry();
            long chargeAfter = QuotaAccount.chargeOf(key, record.value().length());
            account.settle(key, chargeOf(key, entry), chargeAfter);
            Data<byte[]> bytes =
                    query.wrapValueBytesAsData(recordStore, 0, RecordCodec.encodedBytes(record));
            if (entry == null) {
                query.insert(Check.present(query.absentEntry(), "absent entry"), bytes);
            } else {
                query.replaceValue(entry, bytes);
            }
        } catch (InvariantViolation e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new InvariantViolation("the map failed to put key " + key, e);
        }
    }

    private void remove(Key key, QuotaAccount account) {
        Scratch scratch = Scratch.ofThisThread();
        try (ExternalMapQueryContext<byte[], byte[], ?> query = query(key, scratch)) {
            query.writeLock().lock();
            MapEntry<byte[], byte[]> entry = query.entry();
            if (entry != null) {
                account.settle(key, chargeOf(key, entry), QuotaAccount.ABSENT);
                query.remove(entry);
            }
        } catch (InvariantViolation e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new InvariantViolation("the map failed to remove key " + key, e);
        }
    }

    @Override
    public long size() {
        return account.records();
    }

    @Override
    public int shards() {
        return map.segments();
    }

    @Override
    public int shardOf(Key key) {
        try (ExternalMapQueryContext<byte[], byte[], ?> query =
                query(key, Scratch.ofThisThread())) {
            return query.segmentIndex();
        }
    }

    @Override
    public void forEachInShard(int shard, BiConsumer<Key, Versioned> visitor) {
        Scratch scratch = Scratch.ofThisThread();
        try (MapSegmentContext<byte[], byte[], ?> segment = map.segmentContext(shard)) {
            segment.forEachSegmentEntry(
                    entry -> {
                        int keyBytes = (int) entry.key().size();
                        entry.key().writeTo(scratch.keyStore(), 0);
                        int recordBytes = copyRecord(entry, scratch);
                        visitor.accept(
                                scratch.decodeKey(keyBytes), scratch.decodeRecord(recordBytes));
                    });
        }
    }

    /**
     * An estimate from below: all of the map but the part of the first tiers that no record ever
     * filled. Gaps between records are not counted.
     */
    @Override
    public long memoryBytes() {
        return map.offHeapMemoryUsed()
                - firstTiersBytes
                + Math.min(firstTiersBytes, account.peakBytes());
    }

    /** How many more tiers the map may take before it fails; for metrics and tests. */
    int remainingTiers() {
        return map.remainingAutoResizes();
    }

    @Override
    public void close() {
        map.close();
    }

    private ExternalMapQueryContext<byte[], byte[], ?> query(Key key, Scratch scratch) {
        BytesStore<?, ?> keyStore = scratch.holdKey(hash.hash(key), key);
        return map.queryContext(keyStore, 0, Scratch.HASH_BYTES + key.length());
    }

    private static int copyRecord(MapEntry<byte[], byte[]> entry, Scratch scratch) {
        Data<byte[]> record = entry.value();
        int bytes = (int) record.size();
        record.writeTo(scratch.recordStore(bytes), 0);
        return bytes;
    }

    private static long chargeOf(Key key, @Nullable MapEntry<byte[], byte[]> entry) {
        return entry == null
                ? QuotaAccount.ABSENT
                : QuotaAccount.chargeOf(key, (int) entry.value().size() - RecordCodec.HEADER_BYTES);
    }
}
