package dev.fencekv.kv;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;

/**
 * The moment that a read sees: the present one, or that of a revision, or that of a stamp. At most
 * one of the two is given.
 *
 * @param revision the records as this revision left them; 0: not by revision
 * @param stamp the records as the last write left them whose stamp is not above this; {@link
 *     HybridTimestamp#ZERO}: not by stamp
 */
public record AsOf(long revision, HybridTimestamp stamp) {
    /** What is there when the read is done. */
    public static final AsOf NOW = new AsOf(0, HybridTimestamp.ZERO);

    public AsOf {
        Check.atLeast(0, revision, "revision");
        Check.argument(
                revision == 0 || stamp.packed() == 0,
                "a read is as of a revision or of a stamp, not of both");
    }

    /** As of a revision, from 1. */
    public static AsOf revision(long revision) {
        return new AsOf(Check.atLeast(1, revision, "revision"), HybridTimestamp.ZERO);
    }

    public static AsOf stamp(HybridTimestamp stamp) {
        Check.argument(stamp.packed() != 0, "as of the stamp 0 there is nothing");
        return new AsOf(0, stamp);
    }

    public boolean isNow() {
        return revision == 0 && stamp.packed() == 0;
    }

    @Override
    public String toString() {
        return isNow() ? "now" : revision > 0 ? "revision " + revision : "stamp " + stamp;
    }
}
