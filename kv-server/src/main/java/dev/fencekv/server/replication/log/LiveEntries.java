package dev.fencekv.server.replication.log;

import dev.fencekv.check.Check;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which entries the log holds, and where each lies.
 *
 * <p>Assumptions: one thread changes it, any thread looks.
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>The ranges of the segments, in order, follow one another without gap or overlap, and end at
 *       {@link #next}.
 *   <li>An entry that can be found was synced before.
 * </ol>
 */
final class LiveEntries {
    /** Where an entry's record begins, and where it ends at the latest. */
    record Place(Segment segment, int position, int limit) {}

    private final List<Segment> segments = new ArrayList<>();
    private long first = 1;
    private long next = 1;

    /** What the log is said to hold before its first segment. */
    synchronized void beginWith(long newFirst, long newNext) {
        Check.invariant(segments.isEmpty(), "a log begins with its first segment");
        first = newFirst;
        next = newNext;
    }

    synchronized long first() {
        return first;
    }

    synchronized long next() {
        return next;
    }

    synchronized int segmentCount() {
        return segments.size();
    }

    /** From here on entries are added to this one. */
    synchronized void add(Segment segment) {
        segment.emptyAt(next);
        segments.add(segment);
    }

    /** The entries {@link #next} and following, which lie at these positions. */
    synchronized void append(int[] positions, int count, int end) {
        Segment last = segments.get(segments.size() - 1);
        for (int i = 0; i < count; i++) {
            last.add(positions[i], i + 1 < count ? positions[i + 1] : end);
        }
        next += count;
    }

    /** Of what the log has, or nothing, with any index as the next. */
    synchronized boolean canKeep(long newFirst, long newNext) {
        return newFirst == newNext || (first <= newFirst && newFirst < newNext && newNext <= next);
    }

    /** Of all entries, only those from {@code newFirst} up to {@code newNext} are left. */
    synchronized void keep(long newFirst, long newNext) {
        Check.invariant(canKeep(newFirst, newNext), "the log keeps what it has", newNext, next);
        for (Segment segment : segments) {
            if (newFirst == newNext) {
                segment.emptyAt(newNext);
            } else {
                segment.cutAt(newNext);
            }
        }
        first = newFirst;
        next = newNext;
    }

    /** Takes the segments away from the front that hold nothing any more. */
    synchronized List<Segment> removeUnneeded() {
        List<Segment> unneeded = new ArrayList<>();
        while (segments.size() > 1 && segments.get(0).nextIndex() <= first) {
            unneeded.add(segments.remove(0));
        }
        return unneeded;
    }

    /** The first entry that is there: no more than {@link #first}, unless some are missing. */
    synchronized long firstThere() {
        for (Segment segment : segments) {
            if (segment.nextIndex() > segment.firstIndex()) {
                return segment.firstIndex();
            }
        }
        return next;
    }

    /** Null if it is not there. Those before {@link #first} are found until their segment goes. */
    synchronized @Nullable Place find(long index) {
        for (int i = segments.size() - 1; i >= 0; i--) {
            Segment segment = segments.get(i);
            if (segment.holds(index)) {
                return new Place(segment, segment.position(index), segment.limit(index));
            }
        }
        return null;
    }

    synchronized List<Segment> segments() {
        return List.copyOf(segments);
    }
}
