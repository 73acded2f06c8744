package dev.fencekv.server.health;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Whether a leader should leave the lead to another node: because its clock is not where the
 * majority's is, or because its disk alone is slow. At most once a minute, and only to a node that
 * is well itself and has nearly all that the leader has; else the leader stays.
 *
 * <p>Owned by one thread at a time.
 */
public final class HandOver {
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** The successor applies at most so many entries before it serves. */
    private static final long BEHIND_ENTRIES_MAX = 100;

    /** A disk is slow if its 99th percentile is so many times the other's... */
    private static final int SLOW_DISK_RATIO = 4;

    /** ...and at least this. */
    private static final long SLOW_DISK_MICROS_MIN = TimeUnit.MILLISECONDS.toMicros(50);

    /** What is so for a moment is no reason: it must be so at so many looks in a row. */
    private static final int LOOKS = 10;

    /** One that could take over. */
    record Candidate(String peer, long behindEntries, long syncP99Micros, boolean clockIsWell) {
        boolean isCaughtUp() {
            return behindEntries <= BEHIND_ENTRIES_MAX;
        }
    }

    public record Decision(String peer, String reason) {}

    HandOver() {}

    private int clockLooks;
    private int diskLooks;
    private boolean handedOver;
    private long handedOverAtNanos;

    /**
     * To be asked ten times a second while this node leads.
     *
     * @param others those that are heard
     */
    Optional<Decision> look(
            boolean ownClockIsWell, long ownSyncP99Micros, List<Candidate> others, long nowNanos) {
        List<Candidate> able =
                others.stream()
                        .filter(each -> each.isCaughtUp() && each.clockIsWell)
                        .sorted(Comparator.comparingLong(Candidate::syncP99Micros))
                        .toList();
        List<Candidate> quick =
                able.stream().filter(each -> isSlow(ownSyncP99Micros, each)).toList();
        clockLooks = ownClockIsWell ? 0 : clockLooks + 1;
        // If others are as slow, it is the load or a disk that all share.
        diskLooks = quick.isEmpty() || quick.size() < able.size() ? 0 : diskLooks + 1;
        if (handedOver && nowNanos - handedOverAtNanos < PAUSE_NANOS) {
            return Optional.empty();
        }
        if (clockLooks >= LOOKS && !able.isEmpty()) {
            return decided(
                    able.get(0), "this node's clock is not where the majority's is", nowNanos);
        }
        if (diskLooks >= LOOKS) {
            return decided(
                    quick.get(0),
                    "this node's disk is slow: 99 % of its syncs take up to "
                            + TimeUnit.MICROSECONDS.toMillis(ownSyncP99Micros)
                            + " ms",
                    nowNanos);
        }
        return Optional.empty();
    }

    private static boolean isSlow(long ownMicros, Candidate beside) {
        return beside.syncP99Micros > 0
                && ownMicros >= SLOW_DISK_MICROS_MIN
                && ownMicros >= SLOW_DISK_RATIO * beside.syncP99Micros;
    }

    private Optional<Decision> decided(Candidate to, String reason, long nowNanos) {
        handedOver = true;
        handedOverAtNanos = nowNanos;
        clockLooks = 0;
        diskLooks = 0;
        return Optional.of(new Decision(to.peer, reason));
    }
}
