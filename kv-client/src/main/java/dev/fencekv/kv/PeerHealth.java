package dev.fencekv.kv;

/**
 * What one node sees of another.
 *
 * @param address where the other is reached: by clients if that is known, else by peers
 * @param phiMilli thousandths of {@link #phi}
 * @param rhythmMicros the usual time between two of its regular messages
 * @param roundTripMicros the median of the last ones; 0 if none is known
 * @param clockOffsetMicros its wall clock minus that of the node that sees it
 * @param clockErrorMicros the true offset is at most so far away; {@link #NOT_KNOWN} without sample
 * @param clock where its wall clock is
 * @param syncP99Micros 99 % of its log's syncs took no longer; 0 if there were none lately
 * @param silenceMs how long it usually does not hear its leader; 0 if that is not known
 * @param electionTimeoutMs in force there
 * @param appliedIndex the last entry of the log that it has applied, as it said last
 */
public record PeerHealth(
        String address,
        int phiMilli,
        long rhythmMicros,
        long roundTripMicros,
        long clockOffsetMicros,
        long clockErrorMicros,
        ClockVerdict clock,
        long syncP99Micros,
        long silenceMs,
        int electionTimeoutMs,
        long appliedIndex) {
    public static final long NOT_KNOWN = -1;

    private static final double UNITS = 1000;

    /** Of {@link #phi}. */
    public static int milli(double phi) {
        return (int) Math.round(phi * UNITS);
    }

    /**
     * The suspicion that it is gone: at 1 it is wrong once in ten times, at 8 once in 10^8. At most
     * 100.
     */
    public double phi() {
        return phiMilli / UNITS;
    }

    public PeerHealth withAddress(String other) {
        return new PeerHealth(
                other,
                phiMilli,
                rhythmMicros,
                roundTripMicros,
                clockOffsetMicros,
                clockErrorMicros,
                clock,
                syncP99Micros,
                silenceMs,
                electionTimeoutMs,
                appliedIndex);
    }
}
