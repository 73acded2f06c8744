package dev.fencekv.server.state;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.Versioned;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableSet;
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
    private final History history;
    private final long revision;

    /** Whether the records are those of now: then nothing of history is needed. */
    private final boolean now;

    RecordsAsOf(Records records, History history, long revision) {
        this.records = records;
        this.history = history;
        this.revision = revision;
        this.now = history.isAsNow(revision);
    }

    /** The revision that left the records as they are seen here. */
    public long revision() {
        return revision;
    }

    /** Costs a step for each change of the key since. */
    public @Nullable Versioned get(Key key) {
        Versioned current = records.get(key);
        return now ? current : history.recordAsOf(key, revision, current);
    }

    /** How many keys lie in a range. Costs a look at each change since. */
    public long count(KeyRange range) {
        long count = records.keys().count(range);
        return now ? count : count - history.keysGained(range, revision, records.keys());
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
        Predicate<Key> visitor = now ? collected : new WithDeleted(range, reverse, collected);
        if (reverse) {
            records.keys().descend(range, visitor);
        } else {
            records.keys().ascend(range, visitor);
        }
        if (visitor instanceof WithDeleted merging) {
            merging.finish();
        }
        return new RangePage(collected.rows, collected.more);
    }

    /**
     * Is shown the keys of now in order, and passes them on together with those that were deleted
     * since: each that was there then is one or the other.
     */
    private final class WithDeleted implements Predicate<Key> {
        private final Iterator<Key> deleted;
        private final boolean reverse;
        private final Collected collected;
        private @Nullable Key nextDeleted;
        private boolean enough;

        WithDeleted(KeyRange range, boolean reverse, Collected collected) {
            NavigableSet<Key> keys = history.deletedKeys(range);
            this.deleted = (reverse ? keys.descendingSet() : keys).iterator();
            this.reverse = reverse;
            this.collected = collected;
            advance();
        }

        private void advance() {
            nextDeleted = deleted.hasNext() ? deleted.next() : null;
        }

        @Override
        public boolean test(Key key) {
            Key before = nextDeleted;
            while (before != null) {
                int order = reverse ? key.compareTo(before) : before.compareTo(key);
                if (order > 0) {
                    break;
                }
                advance();
                if (order < 0 && !take(before)) {
                    return false;
                }
                before = nextDeleted;
            }
            return take(key);
        }

        /** Nothing of now is left. */
        void finish() {
            while (!enough && nextDeleted != null) {
                Key key = nextDeleted;
                advance();
                take(key);
            }
        }

        private boolean take(Key key) {
            Versioned record = get(key);
            enough = record != null && !collected.add(key, record);
            return !enough;
        }
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
            return add(key, keysOnly ? null : get(key));
        }

        /** False once there is no room for the key, or for any more. */
        boolean add(Key key, @Nullable Versioned found) {
            if (rows.size() == rowsMax) {
                more = true;
                return false;
            }
            Optional<Versioned> record = keysOnly ? Optional.empty() : Optional.ofNullable(found);
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
