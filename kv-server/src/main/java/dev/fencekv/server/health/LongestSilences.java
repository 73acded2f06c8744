package dev.fencekv.server.health;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * How long a leader usually keeps silent at most, so that an election timeout can be well above.
 * The longest silence of each of the last {@value #SECONDS} seconds is kept; the single longest of
 * those is left out, so that one pause teaches nothing.
 *
 * <p>Owned by one thread at a time.
 */
final class LongestSilences {
    static final int SECONDS = 60;

    private final long[] longestNanos = new long[SECONDS];
    private final long[] ofSecond = new long[SECONDS];

    LongestSilences() {
        Arrays.fill(ofSecond, Long.MIN_VALUE);
    }

    /** A silence of so many nanoseconds has just ended. */
    void ended(long nowNanos, long silenceNanos) {
        long second = TimeUnit.NANOSECONDS.toSeconds(nowNanos);
        int at = Math.floorMod(second, SECONDS);
        if (ofSecond[at] != second) {
            ofSecond[at] = second;
            longestNanos[at] = 0;
        }
        longestNanos[at] = Math.max(longestNanos[at], silenceNanos);
    }

    /** The second longest of the last minute, in nanoseconds; 0 if there were not two. */
    long usualNanos(long nowNanos) {
        long oldest = TimeUnit.NANOSECONDS.toSeconds(nowNanos) - SECONDS;
        long longest = 0;
        long second = 0;
        for (int i = 0; i < SECONDS; i++) {
            if (ofSecond[i] <= oldest) {
                continue;
            }
            if (longestNanos[i] > longest) {
                second = longest;
                longest = longestNanos[i];
            } else {
                second = Math.max(second, longestNanos[i]);
            }
        }
        return second;
    }
}
