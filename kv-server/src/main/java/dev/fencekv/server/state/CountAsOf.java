package dev.fencekv.server.state;

import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import org.jspecify.annotations.Nullable;

/** How many keys a range had. Looks at each change since. */
public final class CountAsOf implements SearchAsOf {
    private final KeyRange range;
    private @Nullable History history;

    /** Up to here {@link #gained} is counted. */
    private long position;

    /** How many more keys there are than there were, by the changes so far. */
    private long gained;

    private long count;

    public CountAsOf(KeyRange range) {
        this.range = range;
    }

    @Override
    public boolean go(RecordsAsOf records, Steps steps) {
        if (!records.isNow() && !passChanges(records.history(), records.revision(), steps)) {
            return false;
        }
        // Of this very moment: all changes up to it are passed.
        count = records.keysOfNow().count(range) - (records.isNow() ? 0 : gained);
        return true;
    }

    private boolean passChanges(History now, long revision, Steps steps) {
        if (now != history || !now.isKnown(position)) {
            history = now;
            position = now.seek(revision + 1);
            gained = 0;
        }
        byte[] scratch = new byte[Limits.KEY_BYTES_MAX];
        for (long end = now.end(); position < end; position += now.size(position)) {
            if (!steps.take()) {
                return false;
            }
            int more = now.keysGained(position);
            if (more != 0 && range.contains(now.key(position, scratch))) {
                gained += more;
            }
        }
        return true;
    }

    /** Once it is done. */
    public long count() {
        return count;
    }
}
