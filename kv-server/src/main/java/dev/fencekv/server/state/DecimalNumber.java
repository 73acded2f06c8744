package dev.fencekv.server.state;

import dev.fencekv.kv.Value;
import org.jspecify.annotations.Nullable;

/** Whole numbers of 64 bits as values hold them: decimal digits, a minus before them if need be. */
final class DecimalNumber {
    /** The longest has 19 digits and a sign. */
    private static final int BYTES_MAX = 20;

    private DecimalNumber() {}

    /** Whether the sum does not fit into 64 bits. */
    static boolean overflows(long number, long delta) {
        return delta > 0 ? number > Long.MAX_VALUE - delta : number < Long.MIN_VALUE - delta;
    }

    /**
     * Null if the value is not written as {@link Long#toString(long)} would: no spaces, no plus, no
     * zeros before.
     */
    static @Nullable Long read(Value value) {
        if (value.length() == 0 || value.length() > BYTES_MAX) {
            return null;
        }
        String text = value.toUtf8();
        try {
            long number = Long.parseLong(text);
            return Long.toString(number).equals(text) ? number : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
