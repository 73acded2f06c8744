package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockNames;
import dev.fencekv.kv.Rejection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rejections on record, as they were recorded first: repeats are counted, and have no
 * revision. The record is replicated, so that a snapshot brings it along.
 */
public final class RejectionFeed extends EventFeed<Rejection> {
    private static final int EVENT_BYTES = 512;

    /**
     * What is wanted.
     *
     * @param range of the keys that were to be changed; what was about no key is told only if this
     *     is of all keys
     * @param locks whose tokens were shown or demanded
     * @param enforcedOnly whether nothing is told of what an observing guard let through
     */
    public record Wanted(KeyRange range, LockNames locks, boolean enforcedOnly) {
        boolean contains(Rejection rejection) {
            return (rejection.enforced() || !enforcedOnly)
                    && locks.contains(rejection.violation().lock())
                    && rejection.key().map(range::contains).orElse(range.equals(KeyRange.ALL));
        }
    }

    private final Wanted wanted;

    /**
     * @param fromRevision the first to be told, from 1
     */
    public RejectionFeed(Wanted wanted, long fromRevision) {
        super(fromRevision);
        this.wanted = wanted;
    }

    @Override
    public long floorRevision(KvStateMachine state) {
        return state.rejections.floorRevision();
    }

    @Override
    public @Nullable Portion<Rejection> read(KvStateMachine state) {
        if (nextRevision() <= floorRevision(state)) {
            return null;
        }
        List<Rejection> events = new ArrayList<>();
        long bytes = 0;
        HybridTimestamp stamp = state.counters.lastStamp;
        Rejections.Entry entry = state.rejections.next(nextRevision() - 1);
        for (int i = 0; i < LOOKED_AT_MAX && entry != null; i++) {
            Rejection rejection = entry.rejection();
            if (wanted.contains(rejection)) {
                long more = EVENT_BYTES + rejection.key().map(Key::length).orElse(0);
                if (!events.isEmpty()
                        && (bytes + more > BYTES_MAX || events.size() == Limits.LIST_ROWS_MAX)) {
                    break;
                }
                events.add(asRecordedFirst(rejection));
                bytes += more;
            }
            stamp = rejection.at();
            entry = state.rejections.next(rejection.revision());
        }
        if (entry == null) {
            return lastPortion(state, events, 0);
        }
        // One command is rejected once: what is left has a revision of its own.
        long next = entry.rejection().revision();
        return new Portion<>(events, next - 1, stamp, true, false, 0, next);
    }

    private static Rejection asRecordedFirst(Rejection rejection) {
        return new Rejection(
                rejection.revision(),
                rejection.at(),
                rejection.session(),
                rejection.label(),
                rejection.key(),
                rejection.violation(),
                rejection.enforced(),
                1);
    }
}
