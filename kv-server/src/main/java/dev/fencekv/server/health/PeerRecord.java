package dev.fencekv.server.health;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** What is known of one other node. Owned by whoever holds the monitor's lock, but for φ. */
final class PeerRecord {
    /** Expected before the first report: they come ten times a second. */
    private static final long REPORT_GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int ROUND_TRIPS = 16;

    /** Safe from any thread. */
    final PhiAccrualDetector detector;

    private final long[] roundTripsNanos = new long[ROUND_TRIPS];
    private int roundTrips;

    /** When it last told how it is; 0 for never. Safe from any thread. */
    private volatile long reportedAtNanos;

    PeerReport last = new PeerReport(0, 0, 0, 0, false, 0);

    PeerRecord(long nowNanos) {
        detector = new PhiAccrualDetector(REPORT_GAP_NANOS, nowNanos);
    }

    void reported(long nowNanos) {
        reportedAtNanos = nowNanos == 0 ? 1 : nowNanos;
    }

    boolean hasReportedSince(long nanos) {
        long at = reportedAtNanos;
        return at != 0 && at - nanos > 0;
    }

    void roundTrip(long nanos) {
        roundTripsNanos[roundTrips++ % ROUND_TRIPS] = nanos;
    }

    /** The median of the last ones, in nanoseconds; 0 if there were none. */
    long roundTripNanos() {
        long[] known = Arrays.copyOf(roundTripsNanos, Math.min(roundTrips, ROUND_TRIPS));
        Arrays.sort(known);
        return known.length == 0 ? 0 : known[known.length / 2];
    }
}
