package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import org.jspecify.annotations.Nullable;

/**
 * The search for what one key was as of a revision, back along its chain in {@link History}: a step
 * for each change since of the key, and of those in its bucket.
 *
 * <p>What changes while it is under way changes nothing: the oldest entry after the revision is the
 * same one, and if there is none, then what the key was when this was made is what it was.
 */
final class KeyTrace {
    private final History history;
    private final Key key;
    private final byte[] keyBytes;
    private final long keyHash;
    private final long revision;

    /** What the key was when this began. */
    private final @Nullable Versioned current;

    /**
     * Of the chains that are followed, 0 at first: a search begins anew when they are made anew.
     */
    private int layout;

    private long position;
    private long oldest;

    KeyTrace(History history, Key key, long revision, @Nullable Versioned current) {
        this.history = history;
        this.key = key;
        this.keyBytes = key.toByteArray();
        this.keyHash = History.hash(keyBytes, keyBytes.length);
        this.revision = revision;
        this.current = current;
    }

    private void begin() {
        layout = history.layout();
        position = history.newestOfBucket(keyHash);
        oldest = History.NONE;
    }

    boolean isOf(History searched, Key wanted, long asOf) {
        return history == searched && key.equals(wanted) && revision == asOf;
    }

    /** Goes on; false if it needs another portion. */
    boolean go(Steps steps) {
        if (current != null && current.modifyRevision() <= revision) {
            return true;
        }
        if (!history.chain(steps)) {
            return false;
        }
        if (layout != history.layout()) {
            begin();
        }
        while (history.isKnown(position) && history.revision(position) > revision) {
            if (!steps.take()) {
                return false;
            }
            if (history.isOf(position, keyHash, keyBytes)) {
                oldest = position;
            }
            position = history.olderOfBucket(position);
        }
        return true;
    }

    /** Once it is done: null if the key was not there. */
    @Nullable Versioned record() {
        if (current != null && current.modifyRevision() <= revision) {
            return current;
        }
        if (oldest == History.NONE) {
            Check.invariant(current == null, "a record that changed since has an entry");
            return null;
        }
        return history.before(oldest);
    }
}
