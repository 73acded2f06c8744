package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.RangeRow;
import java.util.List;

/**
 * What a range read saw.
 *
 * @param rows in the order asked for
 * @param more whether the range has keys beyond the last row
 * @param revision as of which all rows were read, or, if it {@link #drifted}, the first ones
 * @param lastRevision as of which the last rows were read
 * @param stamp the last one applied where the last rows were read
 * @param ageMs of a stale read: milliseconds since the node that gave the last rows knew itself up
 *     to date, by its own monotonic clock; else 0
 */
public record RangeResult(
        List<RangeRow> rows,
        boolean more,
        long revision,
        long lastRevision,
        HybridTimestamp stamp,
        long ageMs) {
    public RangeResult {
        rows = List.copyOf(rows);
    }

    /** Whether rows are as of different revisions, which only happens if that was allowed. */
    public boolean drifted() {
        return revision != lastRevision;
    }

    /** The keys of the rows. */
    public List<Key> keys() {
        return rows.stream().map(RangeRow::key).toList();
    }
}
