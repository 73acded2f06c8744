package dev.fencekv.server.state;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the state machine keeps its records. A store decides nothing: quota, revisions and fencing
 * are the state machine's.
 *
 * <p>Assumptions: (1) one thread writes; (2) the bytes charged by {@link RecordCodec#charge} for
 * all records together never exceed the quota the store was opened with; (3) {@link
 * #forEachInShard} of a shard never overlaps a write to it.
 *
 * <p>Guarantees: (1) {@link #get} is safe from any thread and returns a whole record, the one
 * before or after a concurrent write; (2) within the quota no write fails, whatever the keys; (3) a
 * failed write, which means that we are wrong, throws and is never retried.
 */
public interface KvStore extends AutoCloseable {
    /** The record of {@code key}, or null if there is none. */
    @Nullable Versioned get(Key key);

    /**
     * Takes hold of one key for its writer, who looks at the record, decides, and writes in one go.
     * One slot at a time: it must be closed before the next, and nothing else of the store be
     * called meanwhile.
     */
    Slot hold(Key key);

    /** One key in its writer's hand. Owned by the thread that writes; writes at most once. */
    interface Slot extends AutoCloseable {
        /** What is there. Valid until the slot writes or closes. */
        EncodedRecord record();

        /**
         * What is there, but of its value perhaps no more than the first {@code bytes}: for who
         * only compares. Valid until {@link #record}, or the slot writes or closes.
         */
        default EncodedRecord beginning(int bytes) {
            return record();
        }

        /** How many bytes the value of the record has that is there. */
        default int valueBytes() {
            return record().valueBytes();
        }

        /** In which part {@link #forEachInShard} meets the key; constant for the store's life. */
        int shard();

        /** Adds or replaces. */
        void put(Versioned record);

        /** Removes; nothing happens if there is none. */
        void remove();

        @Override
        void close();
    }

    /** Adds or replaces, unseen. */
    default void put(Key key, Versioned record) {
        try (Slot slot = hold(key)) {
            slot.put(record);
        }
    }

    /** Removes, unseen; nothing happens if there is none. */
    default void remove(Key key) {
        try (Slot slot = hold(key)) {
            slot.remove();
        }
    }

    /** How many records there are. */
    long size();

    /** Into how many parts {@link #forEachInShard} divides the records; at least 1, constant. */
    int shards();

    /**
     * Visits each record of a shard once, in any order. The record is valid within the visit, which
     * must not touch the store.
     */
    void forEachInShard(int shard, BiConsumer<Key, EncodedRecord> visitor);

    /** Memory in use, in bytes, for metrics; not deterministic. */
    long memoryBytes();

    /** Frees the memory. Afterwards nothing may be called. */
    @Override
    void close();

    /** Opens empty stores. */
    @FunctionalInterface
    interface Factory {
        /**
         * @param quotaBytes what {@link RecordCodec#charge} may add up to
         * @param hashSeed spreads keys over segments, so that no client can crowd them into one
         */
        KvStore open(long quotaBytes, long hashSeed);
    }
}
