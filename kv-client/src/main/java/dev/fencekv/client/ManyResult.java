package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a read of several keys saw, all as of one revision.
 *
 * @param keys as they were asked for
 * @param records one for each key, in the same order; empty where there is no such key
 * @param revision as of which all were read
 * @param stamp the last one applied where they were read
 * @param ageMs of a stale read: milliseconds since the node last knew itself up to date, by its own
 *     monotonic clock; else 0
 */
public record ManyResult(
        List<Key> keys,
        List<Optional<Versioned>> records,
        long revision,
        HybridTimestamp stamp,
        long ageMs) {
    public ManyResult {
        keys = List.copyOf(keys);
        records = List.copyOf(records);
    }

    /** Those that are there, by key, in the order asked for. */
    public Map<Key, Versioned> found() {
        Map<Key, Versioned> found = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            if (records.get(i).isPresent()) {
                found.put(keys.get(i), records.get(i).get());
            }
        }
        return found;
    }

    /** The keys that are not there, in the order asked for. */
    public List<Key> missing() {
        List<Key> missing = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            if (records.get(i).isEmpty()) {
                missing.add(keys.get(i));
            }
        }
        return missing;
    }
}
