package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.util.Optional;

/**
 * What a read saw.
 *
 * @param record empty if the key is absent
 * @param revision as of which the read was done
 * @param stamp the last one applied where it was read
 * @param ageMs for stale reads: milliseconds since the node last knew itself up to date, by its own
 *     monotonic clock; 0 for linearizable reads and absent keys
 */
public record ReadResult(
        Optional<Versioned> record, long revision, HybridTimestamp stamp, long ageMs) {
    /** The record's value; empty if the key is absent. */
    public Optional<Value> value() {
        return record.map(Versioned::value);
    }
}
