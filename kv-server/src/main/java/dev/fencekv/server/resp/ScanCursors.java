package dev.fencekv.server.resp;

import dev.fencekv.kv.Key;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Where scans have got to. Redis' clients expect a cursor to be a number, and send it to this node
 * by any connection; so what it stands for is remembered here, for the last ones. Safe from any
 * thread.
 */
final class ScanCursors {
    /** Numbers that also JavaScript can hold. */
    private static final long FIRST_MAX = 1L << 52;

    private final int rememberedMax;

    /** Guarded by this. The least recently used first. */
    private final Map<Long, Key> last = new LinkedHashMap<>(16, 0.75f, true);

    /** Guarded by this. Random at first, so that no cursor of another node or time is one. */
    private long next;

    ScanCursors(int rememberedMax, RandomGenerator random) {
        this.rememberedMax = rememberedMax;
        this.next = random.nextLong(1, FIRST_MAX);
    }

    /** A cursor for what comes after {@code key}. */
    synchronized long after(Key key) {
        long cursor = next++;
        last.put(cursor, key);
        if (last.size() > rememberedMax) {
            last.remove(last.keySet().iterator().next());
        }
        return cursor;
    }

    /**
     * The key that the cursor comes after.
     *
     * @throws RefusedException it is not known here
     */
    synchronized Key key(long cursor) {
        Key key = last.get(cursor);
        if (key == null) {
            throw new RefusedException(
                    "ERR this cursor is not, or no longer, known on this node: begin again with 0");
        }
        return key;
    }
}
