package dev.fencekv.kv;

import java.util.HexFormat;

/**
 * 128 random bits that a client chooses for a session: opening is idempotent by it, and another
 * connection shows it to use the session. A secret of the client; never listed or logged.
 */
public record SessionNonce(long high, long low) implements Comparable<SessionNonce> {
    /** Shown with no session. */
    public static final SessionNonce NONE = new SessionNonce(0, 0);

    public boolean isNone() {
        return high == 0 && low == 0;
    }

    @Override
    public int compareTo(SessionNonce other) {
        int byHigh = Long.compare(high, other.high);
        return byHigh != 0 ? byHigh : Long.compare(low, other.low);
    }

    /** Hides the secret. */
    @Override
    public String toString() {
        return "nonce#" + HexFormat.of().toHexDigits((short) (high ^ low));
    }
}
