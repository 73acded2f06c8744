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
import dev.fencekv.server.state.EncodedRecord;
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

    private final ChronicleSlot slot = new ChronicleSlot();

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
        try (Slot probing = slot.open(key, probe)) {
            probing.put(record);
        }
        Check.invariant(record.equals(get(key)), "the largest record reads as written");
        try (Slot probing = slot.open(key, probe)) {
            probing.remove();
        }
    }

    @Override
    public @Nullable Versioned get(Key key) {
        Scratch scratch = Scratch.ofThisThread();
        try (ExternalMapQueryContext<byte[], byte[], ?> query = query(key, scratch)) {
            query.readLock().lock();
            MapEntry<byte[], byte[]> entry = query.entry();
            if (entry == null) {
                return null;
            }
            scratch.copyRecord(entry.value());
        }
        return scratch.record().decode();
    }

    @Override
    public Slot hold(Key key) {
        return slot.open(key, account);
    }

    /**
     * One query of the map, which holds its segment's write lock until it is closed: a look and a
     * write in a query each would cost nearly twice as much. Owned by the writer.
     */
    private final class ChronicleSlot implements Slot {
        private final Scratch scratch = new Scratch();
        private @Nullable Key key;
        private @Nullable QuotaAccount account;
        private @Nullable ExternalMapQueryContext<byte[], byte[], ?> query;

        /** Null while the key is absent. */
        private @Nullable MapEntry<byte[], byte[]> entry;

        private boolean copied;

        private ChronicleSlot open(Key wanted, QuotaAccount charged) {
            Check.invariant(key == null, "one slot at a time");
            key = wanted;
            account = charged;
            copied = false;
            try {
                ExternalMapQueryContext<byte[], byte[], ?> opened = query(wanted, scratch);
                query = opened;
                opened.writeLock().lock();
                entry = opened.entry();
            } catch (RuntimeException | Error e) {
                close();
                throw new InvariantViolation("the map failed to find key " + wanted, e);
            }
            return this;
        }

        @Override
        public EncodedRecord record() {
            MapEntry<byte[], byte[]> found = entry;
            if (!copied) {
                copied = true;
                if (found == null) {
                    scratch.record().clear();
                } else {
                    scratch.copyRecord(found.value());
                }
            }
            return scratch.record();
        }

        @Override
        public EncodedRecord beginning(int bytes) {
            MapEntry<byte[], byte[]> found = entry;
            copied = false;
            if (found == null) {
                scratch.record().clear();
            } else {
                scratch.copyBeginning(found.value(), RecordCodec.HEADER_BYTES + bytes);
            }
            return scratch.record();
        }

        @Override
        public int valueBytes() {
            MapEntry<byte[], byte[]> found = Check.present(entry, "the record that is there");
            return (int) found.value().size() - RecordCodec.HEADER_BYTES;
        }

        @Override
        public int shard() {
            return held().segmentIndex();
        }

        @Override
        public void put(Versioned record) {
            ExternalMapQueryContext<byte[], byte[], ?> held = held();
            MapEntry<byte[], byte[]> found = entry;
            settle(QuotaAccount.chargeOf(heldKey(), record.value().length()));
            try {
                BytesStore<?, ?> bytes = scratch.holdRecord(record);
                Data<byte[]> data =
                        held.wrapValueBytesAsData(bytes, 0, RecordCodec.encodedBytes(record));
                if (found == null) {
                    held.insert(Check.present(held.absentEntry(), "absent entry"), data);
                } else {
                    held.replaceValue(found, data);
                }
            } catch (RuntimeException | Error e) {
                throw new InvariantViolation("the map failed to put key " + key, e);
            }
        }

        @Override
        public void remove() {
            ExternalMapQueryContext<byte[], byte[], ?> held = held();
            MapEntry<byte[], byte[]> found = entry;
            if (found == null) {
                return;
            }
            settle(QuotaAccount.ABSENT);
            try {
                held.remove(found);
            } catch (RuntimeException | Error e) {
                throw new InvariantViolation("the map failed to remove key " + key, e);
            }
        }

        private void settle(long after) {
            Key held = heldKey();
            MapEntry<byte[], byte[]> found = entry;
            long before =
                    found == null
                            ? QuotaAccount.ABSENT
                            : QuotaAccount.chargeOf(
                                    held, (int) found.value().size() - RecordCodec.HEADER_BYTES);
            Check.present(account, "the account of a slot").settle(held, before, after);
        }

        private ExternalMapQueryContext<byte[], byte[], ?> held() {
            return Check.present(query, "the query of a slot");
        }

        private Key heldKey() {
            return Check.present(key, "the key of a slot");
        }

        @Override
        public void close() {
            ExternalMapQueryContext<byte[], byte[], ?> opened = query;
            key = null;
            query = null;
            entry = null;
            if (opened != null) {
                opened.close();
            }
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
    public void forEachInShard(int shard, BiConsumer<Key, EncodedRecord> visitor) {
        Scratch scratch = Scratch.ofThisThread();
        try (MapSegmentContext<byte[], byte[], ?> segment = map.segmentContext(shard)) {
            segment.forEachSegmentEntry(
                    entry -> {
                        int keyBytes = (int) entry.key().size();
                        entry.key().writeTo(scratch.keyStore(), 0);
                        scratch.copyRecord(entry.value());
                        visitor.accept(scratch.decodeKey(keyBytes), scratch.record());
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
        BytesStore<?, ?> keyStore = scratch.holdKey(hash, key);
        return map.queryContext(keyStore, 0, Scratch.HASH_BYTES + key.length());
    }
}
