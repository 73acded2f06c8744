package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.EventType;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the changes of a range of keys from a revision on, a portion at a time. Owned by one
 * thread; {@link #read} is to be called while nobody applies, and holds that up for a bounded time.
 *
 * <p>Guarantees: (1) portions that were {@link #taken} follow each other without gap or overlap,
 * also across the load of a snapshot; (2) where that cannot be, {@link #read} says so.
 */
public final class RecordFeed {
    /** Changes that one portion looks at. */
    private static final int LOOKED_AT_MAX = 4_096;

    /** After a time without readers there may be much to do before the first event can be told. */
    private static final int CHAINED_MAX = 16_384;

    /** Of keys and records in one portion, unless a single event has more. */
    private static final int BYTES_MAX = 128 * 1024;

    /** An event has no more of both its records together than this, so that it fits a frame. */
    private static final int EVENT_BYTES_MAX = Limits.FRAME_BYTES_MAX - Limits.KEY_BYTES_MAX - 1024;

    /**
     * What is wanted.
     *
     * @param previous whether events tell what was there before
     * @param keysOnly whether they tell nothing else but the key
     */
    public record Wanted(
            KeyRange range, boolean puts, boolean deletes, boolean previous, boolean keysOnly) {}

    /**
     * What happened next.
     *
     * @param revision up to which everything is told, with this portion
     * @param stamp of the last event, or the last applied one
     * @param whole whether {@code revision} itself is told to its end; else more of it follows
     * @param atEnd whether nothing more has happened yet
     */
    public record Portion(
            List<RecordEvent> events,
            long revision,
            HybridTimestamp stamp,
            boolean whole,
            boolean atEnd,
            long nextPosition,
            long nextRevision) {}

    private final Wanted wanted;
    private final byte[] scratch = new byte[Limits.KEY_BYTES_MAX];

    /** The first that is not told to its end. */
    private long nextRevision;

    /** Whose positions these are; another one after the load of a snapshot. */
    private @Nullable History history;

    private long position;

    /**
     * @param fromRevision the first to be told, from 1
     */
    public RecordFeed(Wanted wanted, long fromRevision) {
        this.wanted = wanted;
        this.nextRevision = fromRevision;
    }

    /** The first revision that is not told to its end. */
    public long nextRevision() {
        return nextRevision;
    }

    /** The next portion; null if it lies before this node's history. */
    public @Nullable Portion read(KvStateMachine state) {
        History now = state.history;
        if (nextRevision <= now.oldestRevision()) {
            return null;
        }
        if (now != history || !now.isKnown(position)) {
            history = now;
            position = now.seek(nextRevision);
        }
        HybridTimestamp stamp = state.counters.lastStamp;
        if (!now.chain(new Steps(CHAINED_MAX))) {
            // Nothing to tell yet, not even progress.
            long told = nextRevision - 1;
            return new Portion(List.of(), told, stamp, false, false, position, nextRevision);
        }
        List<RecordEvent> events = new ArrayList<>();
        long bytes = 0;
        long at = position;
        long end = now.end();
        long lastLookedAt = 0;
        for (int i = 0; i < LOOKED_AT_MAX && at < end; i++) {
            RecordEvent event = event(state, now, at);
            if (event != null) {
                long more = bytesOf(event);
                if (!events.isEmpty()
                        && (bytes + more > BYTES_MAX || events.size() == Limits.LIST_ROWS_MAX)) {
                    break;
                }
                events.add(event);
                bytes += more;
            }
            lastLookedAt = now.revision(at);
            stamp = now.stamp(at);
            at += now.size(at);
        }
        if (at >= end) {
            long revision = state.counters.revision;
            return new Portion(
                    events,
                    revision,
                    state.counters.lastStamp,
                    true,
                    true,
                    at,
                    Math.max(nextRevision, revision + 1));
        }
        // A node that lags has yet to apply what was told by another one.
        long next = Math.max(nextRevision, now.revision(at));
        boolean whole = next != lastLookedAt;
        return new Portion(events, whole ? next - 1 : next, stamp, whole, false, at, next);
    }

    /** The portion that was read last is told: go on behind it. */
    public void taken(Portion portion) {
        position = portion.nextPosition();
        nextRevision = portion.nextRevision();
    }

    private @Nullable RecordEvent event(KvStateMachine state, History now, long at) {
        boolean deletes = now.kind(at) == History.DELETE;
        if (!(deletes ? wanted.deletes() : wanted.puts()) || now.revision(at) < nextRevision) {
            return null;
        }
        Key key = now.key(at, scratch);
        if (!wanted.range().contains(key)) {
            return null;
        }
        Versioned record =
                deletes || wanted.keysOnly() ? null : now.after(at, state.records.store(), scratch);
        Versioned previous = wanted.previous() && !wanted.keysOnly() ? now.before(at) : null;
        if (record != null
                && previous != null
                && record.value().length() + previous.value().length() > EVENT_BYTES_MAX) {
            previous = null;
        }
        return new RecordEvent(
                deletes ? EventType.DELETE : EventType.PUT,
                now.revision(at),
                now.stamp(at),
                key,
                Optional.ofNullable(record),
                Optional.ofNullable(previous));
    }

    private static long bytesOf(RecordEvent event) {
        return 32L
                + event.key().length()
                + event.record().map(RecordsAsOf::bytesOf).orElse(0)
                + event.previous().map(RecordsAsOf::bytesOf).orElse(0);
    }
}
