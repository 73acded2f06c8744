package dev.fencekv.server.state;

import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What several keys were, each looked up once however often it is named. */
public final class KeysAsOf implements SearchAsOf {
    private final List<Key> keys;
    private final long bytesMax;
    private final Map<Key, Optional<Versioned>> known = new HashMap<>();
    private final List<Optional<Versioned>> found;
    private @Nullable KeyTrace trace;
    private long bytes;

    /**
     * @param bytesMax of all records together, those that are named twice counted twice; above it
     *     the search ends
     */
    public KeysAsOf(List<Key> keys, long bytesMax) {
        this.keys = keys;
        this.bytesMax = bytesMax;
        this.found = new ArrayList<>(keys.size());
    }

    @Override
    public boolean go(RecordsAsOf records, Steps steps) {
        while (found.size() < keys.size() && !isTooMuch()) {
            Key key = keys.get(found.size());
            Optional<Versioned> record = known.get(key);
            if (record == null) {
                if (records.isNow()) {
                    record = Optional.ofNullable(records.get(key));
                } else {
                    KeyTrace tracing = records.trace(key, trace, steps);
                    trace = tracing;
                    if (!steps.take() || !tracing.go(steps)) {
                        return false;
                    }
                    record = Optional.ofNullable(tracing.record());
                }
                known.put(key, record);
            }
            bytes += record.map(RecordsAsOf::bytesOf).orElse(1);
            if (!isTooMuch()) {
                found.add(record);
            }
        }
        return true;
    }

    /** Whether the records that were found have too many bytes with that of the next key. */
    public boolean isTooMuch() {
        return bytes > bytesMax;
    }

    /** Once it is done: of each key, in the order in which they were named. */
    public List<Optional<Versioned>> found() {
        return found;
    }
}
