package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;

/**
 * Hears what a watch sees. Called by one thread that belongs to the watch, one call at a time, in
 * the order of revisions; it may block, but a watch whose listener is too slow pauses, and is over
 * with COMPACTED if what it has yet to tell leaves the cluster's history meanwhile. What a listener
 * throws is logged, and the watch goes on.
 *
 * @param <E> what is watched: {@link dev.fencekv.kv.RecordEvent}, {@link dev.fencekv.kv.LockEvent}
 *     or {@link dev.fencekv.kv.Rejection}
 */
public interface WatchListener<E> {
    /**
     * The watch has begun, once: what happens from {@code revision} on will be told. All that was
     * acknowledged before a watch "from now" was asked for lies before it: who reads now what there
     * is, and hears then what changes, misses nothing.
     */
    default void onBegin(long revision) {}

    /** Something has happened. */
    void onEvents(WatchBatch<E> batch);

    /** Nothing else has happened up to {@code revision}, that one included. */
    default void onProgress(long revision, HybridTimestamp stamp) {}

    /**
     * The watch is over without having been closed, and nothing more is told: {@link
     * CompactedException} if what comes next is in no node's history any more.
     */
    default void onEnd(FenceKvException reason) {}
}
