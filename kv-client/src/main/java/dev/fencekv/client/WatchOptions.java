package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import java.time.Duration;

/**
 * What a watch tells. Immutable: each method returns a changed copy.
 *
 * @param range of keys
 * @param fromRevision the first revision to tell, from 1; 0: what happens from now on
 * @param puts whether puts are told
 * @param deletes whether deletes are told, those by the end of a session or a TTL included
 * @param previous whether events say what was there before
 * @param keysOnly whether events say nothing but the key
 * @param progress how often {@link WatchListener#onProgress} is told how far a watch is to which
 *     nothing happens: 100 ms to 1 h
 */
public record WatchOptions(
        KeyRange range,
        long fromRevision,
        boolean puts,
        boolean deletes,
        boolean previous,
        boolean keysOnly,
        Duration progress) {
    private static final Duration PROGRESS = Duration.ofSeconds(5);

    public WatchOptions {
        Check.atLeast(0, fromRevision, "fromRevision");
        Check.argument(puts || deletes, "a watch of neither puts nor deletes sees nothing");
        Check.inRange(100, 3_600_000, progress.toMillis(), "progress in ms");
    }

    /** All changes of one key, from now on. */
    public static WatchOptions key(String key) {
        return range(KeyRange.only(Key.of(key)));
    }

    /** All changes of keys that start with {@code prefix}, of all keys if it is empty. */
    public static WatchOptions prefix(String prefix) {
        return range(KeyRange.prefix(prefix));
    }

    /** All changes of the keys of a range, from now on. */
    public static WatchOptions range(KeyRange range) {
        return new WatchOptions(range, 0, true, true, false, false, PROGRESS);
    }

    /** From this revision on, itself included; 0: from now on. */
    public WatchOptions from(long revision) {
        return new WatchOptions(range, revision, puts, deletes, previous, keysOnly, progress);
    }

    /** Nothing of keys that are deleted. */
    public WatchOptions putsOnly() {
        return new WatchOptions(range, fromRevision, true, false, previous, keysOnly, progress);
    }

    /** Only keys that are deleted, or end with their session or TTL. */
    public WatchOptions deletesOnly() {
        return new WatchOptions(range, fromRevision, false, true, previous, keysOnly, progress);
    }

    /** Events also say what was there before, as far as the node's history knows it. */
    public WatchOptions withPrevious() {
        return new WatchOptions(range, fromRevision, puts, deletes, true, keysOnly, progress);
    }

    /** Events say which key changed, without its value. */
    public WatchOptions withKeysOnly() {
        return new WatchOptions(range, fromRevision, puts, deletes, previous, true, progress);
    }

    /**
     * How often the listener is told how far the watch is though nothing happens: 100 ms to 1 h.
     */
    public WatchOptions progress(Duration interval) {
        return new WatchOptions(range, fromRevision, puts, deletes, previous, keysOnly, interval);
    }
}
