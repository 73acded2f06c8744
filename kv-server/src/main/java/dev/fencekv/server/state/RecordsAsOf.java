package dev.fencekv.server.state;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The records as one revision left them. What it answers are copies; it is to be asked while nobody
 * applies.
 */
public final class RecordsAsOf {
    /** What a row takes beyond key and record, in bytes: no less than on the wire. */
    private static final int ROW_OVERHEAD_BYTES = 16;

    private final Records records;
    private final long revision;

    RecordsAsOf(Records records, long revision) {
        this.records = records;
        this.revision = revision;
    }

    /** The revision that left the records as they are seen here. */
    public long revision() {
        return revision;
    }

    public @Nullable Versioned get(Key key) {
        return records.get(key);
    }

    /** How many keys lie in a range. */
    public long count(KeyRange range) {
        return records.keys().count(range);
    }

    /**
     * The first keys of a range, at least one if there is one.
     *
     * @param reverse from the highest key down
     * @param keysOnly without their records, which are not looked at
     * @param rowsMax at least 1
     * @param bytesMax of keys and records together
     */
    public RangePage page(
            KeyRange range, boolean reverse, boolean keysOnly, int rowsMax, long bytesMax) {
        Collected collected = new Collected(keysOnly, rowsMax, bytesMax);
        if (reverse) {
            records.keys().descend(range, collected);
        } else {
            records.keys().ascend(range, collected);
        }
        return new RangePage(collected.rows, collected.more);
    }

    /** Takes rows until there are enough. */
    private final class Collected implements Predicate<Key> {
        private final boolean keysOnly;
        private final int rowsMax;
        private final long bytesMax;
        private final List<RangeRow> rows = new ArrayList<>();
        private long bytes;
        private boolean more;

        Collected(boolean keysOnly, int rowsMax, long bytesMax) {
            this.keysOnly = keysOnly;
            this.rowsMax = rowsMax;
            this.bytesMax = bytesMax;
        }

        @Override
        public boolean test(Key key) {
            if (rows.size() == rowsMax) {
                more = true;
                return false;
            }
            Optional<Versioned> record =
                    keysOnly ? Optional.empty() : Optional.ofNullable(get(key));
            bytes += bytesOf(key, record);
            if (bytes > bytesMax && !rows.isEmpty()) {
                more = true;
                return false;
            }
            rows.add(new RangeRow(key, record));
            return true;
        }
    }

    private static long bytesOf(Key key, Optional<Versioned> record) {
        return key.length() + record.map(RecordsAsOf::bytesOf).orElse(ROW_OVERHEAD_BYTES);
    }

    /** What a record takes in an answer, in bytes: no less than on the wire. */
    public static int bytesOf(Versioned record) {
        return ROW_OVERHEAD_BYTES + RecordCodec.encodedBytes(record);
    }
}
