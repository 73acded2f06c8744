package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.RecordEvent;
import java.util.List;

/**
 * What a watch has been told: of one revision or several, each of them whole.
 *
 * @param events in the order in which they happened; at least one
 * @param revision everything up to this has been told, this batch included: go on from {@code
 *     revision + 1}
 * @param stamp of the last event, or a later one
 */
public record WatchBatch(List<RecordEvent> events, long revision, HybridTimestamp stamp) {
    public WatchBatch {
        events = List.copyOf(events);
    }
}
