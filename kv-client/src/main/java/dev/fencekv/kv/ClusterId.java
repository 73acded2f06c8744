package dev.fencekv.kv;

import java.util.HexFormat;

/** 128 random bits minted when a cluster is formed. {@link #NONE}: not formed yet. */
public record ClusterId(long high, long low) {
    public static final ClusterId NONE = new ClusterId(0, 0);

    public boolean isNone() {
        return high == 0 && low == 0;
    }

    /** Reads the form that {@link #toString} writes: 32 hex digits. */
    public static ClusterId parse(String text) {
        if (text.length() != 32) {
            throw new IllegalArgumentException("not a cluster id (want 32 hex digits): " + text);
        }
        return new ClusterId(
                HexFormat.fromHexDigitsToLong(text, 0, 16),
                HexFormat.fromHexDigitsToLong(text, 16, 32));
    }

    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(high) + hex.toHexDigits(low);
    }
}
