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
 * The first keys that a range had, at least one if there was one: a step for each key that is there
 * now or was deleted since, and those of the search for what it was.
 */
public final class PageAsOf implements SearchAsOf {
    private final KeyRange range;
    private final boolean reverse;
    private final boolean keysOnly;
    private final int rowsMax;
    private final long bytesMax;

    private final List<RangeRow> rows = new ArrayList<>();
    private long bytes;
    private boolean more;

    /** The last key that is done with, whether there is a row of it or not; null at first. */
    private @Nullable Key lastDone;

    /** Of the key after that one, if a portion ended in the middle of it. */
    private @Nullable KeyTrace trace;

    /**
     * @param reverse from the highest key down
     * @param keysOnly without their records, which are not looked at
     * @param rowsMax at least 1
     * @param bytesMax of keys and records together
     */
    public PageAsOf(KeyRange range, boolean reverse, boolean keysOnly, int rowsMax, long bytesMax) {
        this.range = range;
        this.reverse = reverse;
        this.keysOnly = keysOnly;
        this.rowsMax = rowsMax;
        this.bytesMax = bytesMax;
    }

    /** Once it is done. */
    public RangePage page() {
        return new RangePage(rows, more);
    }

    @Override
    public boolean go(RecordsAsOf records, Steps steps) {
        KeyRange left = left();
        if (records.isNow()) {
            visit(records.keysOfNow(), left, key -> add(key, keysOnly ? null : records.get(key)));
            return true;
        }
        Merging merging = new Merging(records, left, steps);
        visit(records.keysOfNow(), left, merging);
        merging.finish();
        return !merging.needsMore;
    }

    private KeyRange left() {
        Key last = lastDone;
        return last == null ? range : reverse ? range.upTo(last) : range.above(last);
    }

    private void visit(KeyIndex keys, KeyRange left, Predicate<Key> visitor) {
        if (reverse) {
            keys.descend(left, visitor);
        } else {
            keys.ascend(left, visitor);
        }
    }

    /** False once there is no room for the key, or for any more. */
    private boolean add(Key key, @Nullable Versioned found) {
        if (rows.size() == rowsMax) {
            more = true;
            return false;
        }
        Optional<Versioned> record = keysOnly ? Optional.empty() : Optional.ofNullable(found);
        bytes += RecordsAsOf.bytesOf(key, record);
        if (bytes > bytesMax && !rows.isEmpty()) {
            more = true;
            return false;
        }
        rows.add(new RangeRow(key, record));
        return true;
    }

    /**
     * Is shown the keys of now in order, and takes them together with those that were deleted
     * since: each that was there then is one or the other.
     */
    private final class Merging implements Predicate<Key> {
        private final RecordsAsOf records;
        private final Steps steps;
        private final Iterator<Key> deleted;
        private @Nullable Key nextDeleted;
        private boolean enough;
        private boolean needsMore;

        Merging(RecordsAsOf records, KeyRange left, Steps steps) {
            NavigableSet<Key> keys = records.history().deletedKeys(left);
            this.records = records;
            this.steps = steps;
            this.deleted = (reverse ? keys.descendingSet() : keys).iterator();
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
            while (!enough && !needsMore && nextDeleted != null) {
                Key key = nextDeleted;
                advance();
                take(key);
            }
        }

        /** False if nothing more is to be looked at, now or at all. */
        private boolean take(Key key) {
            KeyTrace tracing = records.trace(key, trace, steps);
            trace = tracing;
            if (!steps.take() || !tracing.go(steps)) {
                needsMore = true;
                return false;
            }
            trace = null;
            lastDone = key;
            Versioned record = tracing.record();
            enough = record != null && !add(key, record);
            return !enough;
        }
    }
}
