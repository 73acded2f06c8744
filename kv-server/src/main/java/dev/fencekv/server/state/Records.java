package dev.fencekv.server.state;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Setting;
import org.jspecify.annotations.Nullable;

/**
 * The records: a store, their keys in order, what they cost of the quota, and word to the ledger
 * and to history of each change. A record that goes takes its TTL along.
 */
final class Records implements AutoCloseable {
    /** In place of how many bytes a value has: there is none. */
    static final int NO_VALUE = -1;

    private final KvStore.Factory stores;
    private final Settings settings;
    private final Ledger ledger;
    private final Expiries expiries;
    private final History history;
    private KvStore store;

    /** Invariant: the keys of all records in the store. */
    private final KeyIndex keys = new KeyIndex();

    /** What the store was opened for. Invariant: not below the quota setting, nor the charge. */
    private long capacityBytes;

    /** Invariant: the charge of all records together. */
    private long chargedBytes;

    Records(
            KvStore.Factory stores,
            Settings settings,
            Ledger ledger,
            History history,
            Expiries expiries,
            long capacityBytes,
            long hashSeed) {
        this.stores = stores;
        this.settings = settings;
        this.ledger = ledger;
        this.expiries = expiries;
        this.history = history;
        this.capacityBytes = capacityBytes;
        this.store = stores.open(capacityBytes, hashSeed);
    }

    KvStore store() {
        return store;
    }

    @Nullable Versioned get(Key key) {
        return store.get(key);
    }

    /** The keys of all records, in order. To be read while nothing is put or removed. */
    KeyIndex keys() {
        return keys;
    }

    long chargedBytes() {
        return chargedBytes;
    }

    /** Takes hold of a key: to look at its record, decide, and write it once. */
    KvStore.Slot hold(Key key) {
        return store.hold(key);
    }

    /**
     * Whether a value of {@code valueBytes} in place of {@code before} stays within the quota. What
     * does not grow always does: one must be able to tidy up a store that is full.
     */
    boolean fits(Key key, EncodedRecord before, int valueBytes) {
        long growth = RecordCodec.charge(key.length(), valueBytes) - charge(key, before);
        return growth <= 0 || chargedBytes + growth <= settings.get(Setting.STORE_QUOTA_BYTES);
    }

    /**
     * By how much a value of {@code valueBytes}, or {@link #NO_VALUE}, in place of {@code before}
     * changes the charge.
     */
    static long growth(Key key, EncodedRecord before, int valueBytes) {
        long after = valueBytes == NO_VALUE ? 0 : RecordCodec.charge(key.length(), valueBytes);
        return after - charge(key, before);
    }

    /** Whether all records together may grow by so much; shrinking they may always. */
    boolean fits(long growth) {
        return growth <= 0 || chargedBytes + growth <= settings.get(Setting.STORE_QUOTA_BYTES);
    }

    /** By a command, at its revision. */
    void put(Key key, KvStore.Slot slot, Versioned after) {
        long keyHash = ledger.recordChanging(key, slot, after);
        history.recordChanging(key, keyHash, slot.record(), false);
        write(key, slot, after);
    }

    /** From a snapshot: not a change. */
    void restore(Key key, KvStore.Slot slot, Versioned record) {
        ledger.recordChanging(key, slot, record);
        write(key, slot, record);
    }

    private void write(Key key, KvStore.Slot slot, Versioned after) {
        if (!slot.record().exists()) {
            keys.add(key);
        }
        chargedBytes +=
                RecordCodec.charge(key.length(), after.value().length())
                        - charge(key, slot.record());
        slot.put(after);
    }

    /** Removes a record that is there; {@code change} is what removes it. */
    void remove(Key key, KvStore.Slot slot, Change change) {
        change.effect();
        long keyHash = ledger.recordChanging(key, slot, null);
        history.recordChanging(key, keyHash, slot.record(), true);
        keys.remove(key);
        chargedBytes -= charge(key, slot.record());
        slot.remove();
        if (!expiries.isEmpty()) {
            expiries.clear(key);
        }
    }

    private static long charge(Key key, EncodedRecord record) {
        return record.exists() ? RecordCodec.charge(key.length(), record.valueBytes()) : 0;
    }

    /**
     * Moves everything into a store for another quota or seed. A walk that is under way goes on in
     * the old one, which from here on does not change.
     */
    void reopen(long quotaBytes, long hashSeed) {
        long neededBytes = capacityFor(quotaBytes);
        KvStore bigger = stores.open(neededBytes, hashSeed);
        for (int shard = 0; shard < store.shards(); shard++) {
            store.forEachInShard(shard, (key, record) -> bigger.put(key, record.decode()));
        }
        KvStore old = store;
        store = bigger;
        capacityBytes = neededBytes;
        SnapshotWalk walk = ledger.activeWalk();
        if (walk == null || !walk.keeps(old)) {
            old.close();
        }
    }

    /**
     * What a store of all records must be opened for: a quota may be lowered below what is there.
     */
    long capacityFor(long quotaBytes) {
        return Math.max(quotaBytes, chargedBytes);
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
