package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;

/**
 * What to read of a range of keys. Immutable; each method returns a changed copy.
 *
 * @param limit the most rows to read, from 1; {@link #UNLIMITED} for all
 * @param reverse from the highest key down
 * @param keysOnly without records, which costs the store much less
 * @param pageRows the most rows of one answer, 1 to {@link Limits#LIST_ROWS_MAX}; large records
 *     make pages shorter, since an answer has 1 MiB at most
 * @param mayDrift whether a page that can no longer be had as of the first one's revision may be
 *     read as of a later one; else that is a {@link CompactedException}
 */
public record RangeQuery(
        KeyRange range,
        long limit,
        boolean reverse,
        boolean keysOnly,
        int pageRows,
        boolean mayDrift,
        ReadOptions options) {
    /** A {@link #limit} for all rows that there are. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    public RangeQuery {
        Check.atLeast(1, limit, "limit");
        Check.inRange(1, Limits.LIST_ROWS_MAX, pageRows, "pageRows");
    }

    /** All records of a range, in order of their keys. */
    public static RangeQuery of(KeyRange range) {
        return new RangeQuery(
                range,
                UNLIMITED,
                false,
                false,
                Limits.LIST_ROWS_MAX,
                false,
                ReadOptions.LINEARIZABLE);
    }

    /** All records whose keys start with {@code prefix}. */
    public static RangeQuery prefix(Key prefix) {
        return of(KeyRange.prefix(prefix));
    }

    /** All records whose keys start with the text {@code prefix}; all there are if it is empty. */
    public static RangeQuery prefix(String prefix) {
        return of(KeyRange.prefix(prefix));
    }

    /** At most so many rows, from 1. */
    public RangeQuery limit(long rows) {
        return new RangeQuery(range, rows, reverse, keysOnly, pageRows, mayDrift, options);
    }

    /** From the highest key down. */
    public RangeQuery reversed() {
        return new RangeQuery(range, limit, true, keysOnly, pageRows, mayDrift, options);
    }

    /** Keys without their records. */
    public RangeQuery withoutRecords() {
        return new RangeQuery(range, limit, reverse, true, pageRows, mayDrift, options);
    }

    /** At most so many rows at a time, 1 to {@link Limits#LIST_ROWS_MAX}. */
    public RangeQuery pageRows(int rows) {
        return new RangeQuery(range, limit, reverse, keysOnly, rows, mayDrift, options);
    }

    /** Goes on as of a later revision where it must; {@link RangeResult#drifted} tells. */
    public RangeQuery allowDrift() {
        return new RangeQuery(range, limit, reverse, keysOnly, pageRows, true, options);
    }

    /** How fresh, or as of when, and under which tokens to read. */
    public RangeQuery options(ReadOptions how) {
        return new RangeQuery(range, limit, reverse, keysOnly, pageRows, mayDrift, how);
    }

    /** As {@link ReadOptions#at(long)}. */
    public RangeQuery at(long revision) {
        return options(options.at(revision));
    }

    /** As {@link ReadOptions#at(HybridTimestamp)}. */
    public RangeQuery at(HybridTimestamp stamp) {
        return options(options.at(stamp));
    }
}
