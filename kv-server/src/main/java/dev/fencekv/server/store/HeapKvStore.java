package dev.fencekv.server.store;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
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
 * because keys are comparable.
 */
public final class HeapKvStore implements KvStore {
    private static final int SHARDS = 256;

    private final SeededHash hash;
    private final ChargedBytes charged;

    /** A key lies in the map of its shard, nowhere else. */
    private final List<ConcurrentHashMap<Key, Versioned>> records;

    private HeapKvStore(long quotaBytes, long hashSeed) {
        this.hash = SeededHash.of(hashSeed);
        this.charged = new ChargedBytes(quotaBytes);
        this.records = new ArrayList<>(SHARDS);
        for (int shard = 0; shard < SHARDS; shard++) {
            records.add(new ConcurrentHashMap<>());
        }
    }

    /** A {@link KvStore.Factory}. */
    public static HeapKvStore open(long quotaBytes, long hashSeed) {
        return new HeapKvStore(Check.atLeast(1, quotaBytes, "quotaBytes"), hashSeed);
    }

    @Override
    public @Nullable Versioned get(Key key) {
        return mapOf(key).get(key);
    }

    @Override
    public void put(Key key, Versioned record) {
        ConcurrentHashMap<Key, Versioned> map = mapOf(key);
        charged.add(chargeOf(key, record) - chargeOf(key, map.get(key)), key);
        map.put(key, record);
    }

    @Override
    public void remove(Key key) {
        charged.add(-chargeOf(key, mapOf(key).remove(key)), key);
    }

    @Override
    public long size() {
        long size = 0;
        for (ConcurrentHashMap<Key, Versioned> map : records) {
            size += map.mappingCount();
        }
        return size;
    }

    @Override
    public int shards() {
        return SHARDS;
    }

    @Override
    public int shardOf(Key key) {
        return (int) Long.remainderUnsigned(hash.hash(key), SHARDS);
    }

    @Override
    public void forEachInShard(int shard, BiConsumer<Key, Versioned> visitor) {
        records.get(shard).forEach(visitor);
    }

    /** What the records are charged; their objects take about twice that. */
    @Override
    public long memoryBytes() {
        return charged.total();
    }

    @Override
    public void close() {
        records.forEach(ConcurrentHashMap::clear);
    }

    private ConcurrentHashMap<Key, Versioned> mapOf(Key key) {
        return records.get(shardOf(key));
    }

    private static long chargeOf(Key key, @Nullable Versioned record) {
        return record == null ? 0 : ChargedBytes.of(key, record.value().length());
    }
}
