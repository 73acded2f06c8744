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

    /** Adds or replaces. */
    void put(Key key, Versioned record);

    /** Removes; nothing happens if there is none. */
    void remove(Key key);

    /** How many records there are. */
    long size();

    /** Into how many parts {@link #forEachInShard} divides the records; at least 1, constant. */
    int shards();

    /** The shard of {@code key}, in {@code [0, shards())}; constant for the store's life. */
    int shardOf(Key key);

    /** Visits each record of a shard once, in any order. The visitor must not touch the store. */
    void forEachInShard(int shard, BiConsumer<Key, Versioned> visitor);

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
