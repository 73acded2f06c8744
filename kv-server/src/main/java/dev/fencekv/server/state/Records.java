package dev.fencekv.server.state;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Setting;
import org.jspecify.annotations.Nullable;

/** The records: a store, what they cost of the quota, and word to the ledger of each change. */
final class Records implements AutoCloseable {
    private final KvStore.Factory stores;
    private final Ledger ledger;
    private KvStore store;

    /** What the store was opened for; the quota setting never exceeds it. */
    private long capacityBytes;

    /** Invariant: the charge of all records together. */
    private long chargedBytes;

    Records(KvStore.Factory stores, Ledger ledger, long quotaBytes, long hashSeed) {
        this.stores = stores;
        this.ledger = ledger;
        this.capacityBytes = quotaBytes;
        this.store = stores.open(quotaBytes, hashSeed);
    }

    KvStore store() {
        return store;
    }

    @Nullable Versioned get(Key key) {
        return store.get(key);
    }

    long chargedBytes() {
        return chargedBytes;
    }

    /**
     * Whether writing {@code after} over {@code before} stays within the quota. What does not grow
     * always does: one must be able to tidy up a store that is full.
     */
    boolean fits(Key key, @Nullable Versioned before, int valueBytes, Settings settings) {
        long growth = RecordCodec.charge(key.length(), valueBytes) - charge(key, before);
        return growth <= 0 || chargedBytes + growth <= settings.get(Setting.STORE_QUOTA_BYTES);
    }

    void put(Key key, @Nullable Versioned before, Versioned after) {
        ledger.recordChanging(key, before, after);
        chargedBytes += charge(key, after) - charge(key, before);
        store.put(key, after);
    }

    void remove(Key key, Versioned before) {
        ledger.recordChanging(key, before, null);
        chargedBytes -= charge(key, before);
        store.remove(key);
    }

    private static long charge(Key key, @Nullable Versioned record) {
        return record == null ? 0 : RecordCodec.charge(key.length(), record.value().length());
    }

    /**
     * Moves everything into a store for another quota or seed. A walk that is under way goes on in
     * the old one, which from here on does not change.
     */
    void reopen(long quotaBytes, long hashSeed) {
        KvStore bigger = stores.open(quotaBytes, hashSeed);
        for (int shard = 0; shard < store.shards(); shard++) {
            store.forEachInShard(shard, bigger::put);
        }
        KvStore old = store;
        store = bigger;
        capacityBytes = quotaBytes;
        SnapshotWalk walk = ledger.activeWalk();
        if (walk == null || !walk.keeps(old)) {
            old.close();
        }
    }

    /** Makes room for a quota, if the store was opened for less. */
    void reserve(long quotaBytes, long hashSeed) {
        if (quotaBytes > capacityBytes) {
            reopen(quotaBytes, hashSeed);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
