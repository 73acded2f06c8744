package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Limits;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what history holds. */
abstract sealed class HistoryFeed<E> extends EventFeed<E> permits RecordFeed, LockFeed {
    /** Whose positions these are; another one after the load of a snapshot. */
    private @Nullable History history;

    private long position;

    HistoryFeed(long fromRevision) {
        super(fromRevision);
    }

    /** The last revision of which history may not hold all such events. */
    abstract long floorRevision(History now);

    /** Whether events can be told already; else some of the work towards that is done. */
    abstract boolean isReadable(History now);

    /** The event of an entry; null if it is not wanted. */
    abstract @Nullable E event(KvStateMachine state, History now, long at);

    abstract long bytesOf(E event);

    @Override
    public final long floorRevision(KvStateMachine state) {
        return floorRevision(state.history);
    }

    @Override
    public final @Nullable Portion<E> read(KvStateMachine state) {
        History now = state.history;
        if (nextRevision() <= floorRevision(now)) {
            return null;
        }
        if (now != history || !now.isKnown(position)) {
            history = now;
            position = now.seek(nextRevision());
        }
        HybridTimestamp stamp = state.counters.lastStamp;
        if (!isReadable(now)) {
            // Nothing to tell yet, not even progress.
            long told = nextRevision() - 1;
            return new Portion<>(List.of(), told, stamp, false, false, position, nextRevision());
        }
        List<E> events = new ArrayList<>();
        long bytes = 0;
        long at = position;
        long end = now.end();
        long lastLookedAt = 0;
        for (int i = 0; i < LOOKED_AT_MAX && at < end; i++) {
            E event = now.revision(at) < nextRevision() ? null : event(state, now, at);
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
            return lastPortion(state, events, at);
        }
        // A node that lags has yet to apply what was told by another one.
        long next = Math.max(nextRevision(), now.revision(at));
        boolean whole = next != lastLookedAt;
        return new Portion<>(events, whole ? next - 1 : next, stamp, whole, false, at, next);
    }

    @Override
    public final void taken(Portion<E> portion) {
        super.taken(portion);
        position = portion.nextPosition();
    }
}
