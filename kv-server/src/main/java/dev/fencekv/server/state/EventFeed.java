package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads events of one kind from a revision on, a portion at a time. Owned by one thread; {@link
 * #read} is to be called while nobody applies, and holds that up for a bounded time.
 *
 * <p>Guarantees: (1) portions that were {@link #taken} follow each other without gap or overlap,
 * also across the load of a snapshot; (2) where that cannot be, {@link #read} says so.
 */
public abstract sealed class EventFeed<E> permits HistoryFeed, RejectionFeed {
    /** Things that one portion looks at. */
    static final int LOOKED_AT_MAX = 4_096;

    /** Of events in one portion, unless a single one has more. */
    static final int BYTES_MAX = 128 * 1024;

    /**
     * What happened next.
     *
     * @param revision up to which everything is told, with this portion
     * @param stamp of the last event, or the last applied one
     * @param whole whether {@code revision} itself is told to its end; else more of it follows
     * @param atEnd whether nothing more has happened yet
     */
    public record Portion<E>(
            List<E> events,
            long revision,
            HybridTimestamp stamp,
            boolean whole,
            boolean atEnd,
            long nextPosition,
            long nextRevision) {}

    /** The first that is not told to its end. */
    private long nextRevision;

    /**
     * @param fromRevision the first to be told, from 1
     */
    EventFeed(long fromRevision) {
        this.nextRevision = fromRevision;
    }

    /** The first revision that is not told to its end. */
    public final long nextRevision() {
        return nextRevision;
    }

    /** The last revision of which this node may not know all events any more. */
    public abstract long floorRevision(KvStateMachine state);

    /** The next portion; null if this node does not know all of it any more. */
    public abstract @Nullable Portion<E> read(KvStateMachine state);

    /** The portion that was read last is told: go on behind it. */
    public void taken(Portion<E> portion) {
        nextRevision = portion.nextRevision();
    }

    /** All is told that has happened yet; a node that lags has yet to apply what others told. */
    final Portion<E> lastPortion(KvStateMachine state, List<E> events, long position) {
        long revision = state.counters.revision;
        return new Portion<>(
                events,
                revision,
                state.counters.lastStamp,
                true,
                true,
                position,
                Math.max(nextRevision, revision + 1));
    }
}
