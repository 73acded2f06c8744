package dev.fencekv.server.state;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Versioned;
import java.util.Optional;
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

    boolean isNow() {
        return now;
    }

    History history() {
        return history;
    }

    KeyIndex keysOfNow() {
        return records.keys();
    }

    /** The search for what {@code key} was: {@code begun}, if it is that one. */
    KeyTrace trace(Key key, @Nullable KeyTrace begun, Steps steps) {
        if (begun != null && begun.isOf(history, key, revision)) {
            return begun;
        }
        Versioned current = records.get(key);
        if (current != null) {
            steps.copied(current.value().length());
        }
        return new KeyTrace(history, key, revision, current);
    }

    /** Costs a step for each change of the key since, as the others do: see {@link SearchAsOf}. */
    public @Nullable Versioned get(Key key) {
        if (now) {
            return records.get(key);
        }
        Steps steps = Steps.unbounded();
        KeyTrace trace = trace(key, null, steps);
        trace.go(steps);
        return trace.record();
    }

    /** As {@link CountAsOf}, at once. */
    public long count(KeyRange range) {
        CountAsOf count = new CountAsOf(range);
        count.go(this, Steps.unbounded());
        return count.count();
    }

    /** As {@link PageAsOf}, at once. */
    public RangePage page(
            KeyRange range, boolean reverse, boolean keysOnly, int rowsMax, long bytesMax) {
        PageAsOf page = new PageAsOf(range, reverse, keysOnly, rowsMax, bytesMax);
        page.go(this, Steps.unbounded());
        return page.page();
    }

    /** What a row takes in an answer, in bytes: no less than on the wire. */
    static long bytesOf(Key key, Optional<Versioned> record) {
        return key.length() + record.map(RecordsAsOf::bytesOf).orElse(ROW_OVERHEAD_BYTES);
    }

    /** What a record takes in an answer, in bytes: no less than on the wire. */
    public static int bytesOf(Versioned record) {
        return ROW_OVERHEAD_BYTES + RecordCodec.encodedBytes(record);
    }
}
