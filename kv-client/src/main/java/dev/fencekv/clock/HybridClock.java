package dev.fencekv.clock;

import dev.fencekv.check.Check;

/**
 * Makes stamps that only grow, whatever the physical clock does. Owned by one thread at a time.
 *
 * <p>Whether a remote stamp may be believed is not decided here: see {@link #tooFarAhead}.
 */
public final class HybridClock {
    /** Invariant: no stamp returned or observed so far is above this one. */
    private HybridTimestamp last;

    public HybridClock(HybridTimestamp last) {
        this.last = last;
    }

    /** A stamp above all before it, and not below {@code physicalMillis}. */
    public HybridTimestamp next(long physicalMillis) {
        Check.inRange(0, HybridTimestamp.MILLIS_MAX, physicalMillis, "physicalMillis");
        last = HybridTimestamp.max(last.next(), HybridTimestamp.ofMillis(physicalMillis));
        return last;
    }

    /** Makes every later stamp greater than {@code remote}. */
    public void observe(HybridTimestamp remote) {
        last = HybridTimestamp.max(last, remote);
    }

    /** The greatest stamp returned or observed so far. */
    public HybridTimestamp last() {
        return last;
    }

    /**
     * Whether {@code remote} lies further ahead of a physical reading than clocks may differ. Such
     * a stamp is refused, not absorbed: one bad clock must not drag everybody's time with it.
     */
    public static boolean tooFarAhead(
            HybridTimestamp remote, long physicalMillis, long maxOffsetMs) {
        return remote.millis() > physicalMillis + maxOffsetMs;
    }
}
