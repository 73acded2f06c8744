package dev.fencekv.kv;

import dev.fencekv.check.Check;

/**
 * The number of a grant: one dense sequence for the whole store, so that a later grant always has a
 * larger token (Kleppmann, "Designing Data-Intensive Applications", ch. 8). It is an order, not a
 * secret. {@link #NONE} says that there is no token.
 */
public record FencingToken(long value) implements Comparable<FencingToken> {
    public static final FencingToken NONE = new FencingToken(0);

    public FencingToken {
        Check.inRange(0, Limits.FENCING_TOKEN_MAX, value, "token");
    }

    /** Reads a decimal number; throws IllegalArgumentException for anything else. */
    public static FencingToken parse(String text) {
        try {
            return new FencingToken(Long.parseLong(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a fencing token: " + text, e);
        }
    }

    public boolean isNone() {
        return value == 0;
    }

    @Override
    public int compareTo(FencingToken other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
