package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The plainest store there is, with a few shards cut differently than those of the real ones, so
 * that replicas with different stores are compared.
 */
final class TreeStore implements KvStore {
    private static final int SHARDS = 3;

    /** Opens such stores, and knows how many have not been closed. */
    static final class Stores implements KvStore.Factory {
        private int open;

        @Override
        public KvStore open(long quotaBytes, long hashSeed) {
            open++;
            return new TreeStore(this);
        }

        int open() {
            return open;
        }
    }

    private final TreeMap<Key, Versioned> records = new TreeMap<>();
    private final Stores stores;
    private boolean closed;
    private boolean held;

    private TreeStore(Stores stores) {
        this.stores = stores;
    }

    static KvStore open(long quotaBytes, long hashSeed) {
        return new Stores().open(quotaBytes, hashSeed);
    }

    private TreeMap<Key, Versioned> records() {
        Check.invariant(!closed, "nothing may be called after close");
        return records;
    }

    @Override
    public @Nullable Versioned get(Key key) {
        return records().get(key);
    }

    @Override
    public Slot hold(Key key) {
        Check.invariant(!held, "one slot at a time");
        held = true;
        return new TreeSlot(key);
    }

    private final class TreeSlot implements Slot {
        private final Key key;

        TreeSlot(Key key) {
            this.key = key;
        }

        @Override
        public EncodedRecord record() {
            EncodedRecord encoded = new EncodedRecord();
            Versioned record = records().get(key);
            if (record != null) {
                encoded.fill(record);
            }
            return encoded;
        }

        @Override
        public int shard() {
            return shardOf(key);
        }

        @Override
        public void put(Versioned record) {
            records().put(key, record);
        }

        @Override
        public void remove() {
            records().remove(key);
        }

        @Override
        public void close() {
            held = false;
        }
    }

    @Override
    public long size() {
        return records().size();
    }

    @Override
    public int shards() {
        return SHARDS;
    }

    private static int shardOf(Key key) {
        return Math.floorMod(key.hashCode(), SHARDS);
    }

    @Override
    public void forEachInShard(int shard, BiConsumer<Key, EncodedRecord> visitor) {
        EncodedRecord encoded = new EncodedRecord();
        records()
                .forEach(
                        (key, record) -> {
                            if (shardOf(key) == shard) {
                                encoded.fill(record);
                                visitor.accept(key, encoded);
                            }
                        });
    }

    @Override
    public long memoryBytes() {
        return 0;
    }

    @Override
    public void close() {
        Check.invariant(!closed, "closed once");
        closed = true;
        stores.open--;
    }
}
