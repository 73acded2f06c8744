package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import java.util.List;

/**
 * What a watch has been told: of one revision or several, each of them whole.
 *
 * @param <E> the kind of events
 * @param events in the order in which they happened; at least one
 * @param revision everything up to this has been told, this batch included: go on from {@code
 *     revision + 1}
 * @param stamp of the last event, or a later one
 */
public record WatchBatch<E>(List<E> events, long revision, HybridTimestamp stamp) {
    public WatchBatch {
        events = List.copyOf(events);
    }
}
