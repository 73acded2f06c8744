package dev.fencekv.server.store;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.state.EncodedRecord;
import dev.fencekv.server.state.KvStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Records as objects on the heap: the oracle that other stores are compared with, and the way out
 * ({@code store=heap}) where Chronicle Map cannot run. Costs garbage collection time in proportion
 * to the data.
 *
 * <p>Assumptions and guarantees are those of {@link KvStore}; the maps are concurrent, so that get
 * needs no lock. Keys that collide in {@link Key#hashCode} cost a tree walk, not a list walk,
 * because keys are comparable; nobody gains by crowding a shard, which is only a part of a visit.
 */
public final class HeapKvStore implements KvStore {
    private static final int SHARD_BITS = 8;
    private static final int SHARDS = 1 << SHARD_BITS;

    private final QuotaAccount account;

    /** A key lies in the map of its shard, nowhere else. */
    private final List<ConcurrentHashMap<Key, Versioned>> records;

    private final HeapSlot slot = new HeapSlot();

    private HeapKvStore(long quotaBytes) {
        this.account = new QuotaAccount(quotaBytes);
        this.records = new ArrayList<>(SHARDS);
        for (int shard = 0; shard < SHARDS; shard++) {
            records.add(new ConcurrentHashMap<>());
        }
    }

    /** A {@link KvStore.Factory}. */
    public static HeapKvStore open(long quotaBytes, long hashSeed) {
        return new HeapKvStore(Check.atLeast(1, quotaBytes, "quotaBytes"));
    }

    @Override
    public @Nullable Versioned get(Key key) {
        return records.get(shardOf(key)).get(key);
    }

    @Override
    public Slot hold(Key key) {
        slot.open(key);
        return slot;
    }

    /** Owned by the writer. */
    private final class HeapSlot implements Slot {
        private final EncodedRecord encoded = new EncodedRecord();
        private @Nullable Key key;
        private @Nullable Versioned found;
        private int shard;
        private boolean copied;

        private void open(Key wanted) {
            Check.invariant(key == null, "one slot at a time");
            key = wanted;
            shard = shardOf(wanted);
            found = records.get(shard).get(wanted);
            copied = false;
        }

        @Override
        public EncodedRecord record() {
            Versioned record = found;
            if (!copied) {
                copied = true;
                if (record == null) {
                    encoded.clear();
                } else {
                    encoded.fill(record);
                }
            }
            return encoded;
        }

        @Override
        public EncodedRecord beginning(int bytes) {
            Versioned record = found;
            copied = false;
            if (record == null) {
                encoded.clear();
            } else {
                encoded.fillBeginning(record, bytes);
            }
            return encoded;
        }

        @Override
        public int valueBytes() {
            return Check.present(found, "the record that is there").value().length();
        }

        @Override
        public int shard() {
            return shard;
        }

        @Override
        public void put(Versioned record) {
            Key held = held();
            account.settle(held, chargeOf(held, found), chargeOf(held, record));
            records.get(shard).put(held, record);
        }

        @Override
        public void remove() {
            Key held = held();
            account.settle(held, chargeOf(held, found), QuotaAccount.ABSENT);
            records.get(shard).remove(held);
        }

        private Key held() {
            return Check.present(key, "the key of a slot");
        }

        @Override
        public void close() {
            key = null;
            found = null;
        }
    }

    @Override
    public long size() {
        return account.records();
    }

    @Override
    public int shards() {
        return SHARDS;
    }

    private static int shardOf(Key key) {
        // The upper bits: the maps use the lower ones.
        return key.hashCode() >>> Integer.SIZE - SHARD_BITS;
    }

    @Override
    public void forEachInShard(int shard, BiConsumer<Key, EncodedRecord> visitor) {
        EncodedRecord encoded = new EncodedRecord();
        records.get(shard)
                .forEach(
                        (key, record) -> {
                            encoded.fill(record);
                            visitor.accept(key, encoded);
                        });
    }

    /** What the records are charged; their objects take about twice that. */
    @Override
    public long memoryBytes() {
        return account.chargedBytes();
    }

    @Override
    public void close() {
        records.forEach(ConcurrentHashMap::clear);
    }

    private static long chargeOf(Key key, @Nullable Versioned record) {
        return record == null
                ? QuotaAccount.ABSENT
                : QuotaAccount.chargeOf(key, record.value().length());
    }
}
