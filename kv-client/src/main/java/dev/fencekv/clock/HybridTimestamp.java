package dev.fencekv.clock;

import dev.fencekv.check.Check;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A hybrid logical clock reading in one long: 48 bits of milliseconds since 1970, 16 bits of
 * logical counter. The sign bit stays clear, so stamps last until the year 6429 and compare as
 * longs.
 *
 * <p>Packing makes the two rules of the algorithm one addition: a counter that overflows carries
 * into the milliseconds by itself (Kulkarni et al., "Logical Physical Clocks", 2014, with the
 * packed form of DESIGN section 6).
 */
public record HybridTimestamp(long packed) implements Comparable<HybridTimestamp> {
    /** Bits of the logical counter. */
    public static final int LOGICAL_BITS = 16;

    /** The largest millisecond that a stamp can hold. */
    public static final long MILLIS_MAX = Long.MAX_VALUE >> LOGICAL_BITS;

    /** Before every stamp: what a client that has seen nothing sends. */
    public static final HybridTimestamp ZERO = new HybridTimestamp(0);

    private static final long LOGICAL_MASK = (1L << LOGICAL_BITS) - 1;

    private static final int LOGICAL_DIGITS = 4;

    public HybridTimestamp {
        Check.atLeast(0, packed, "packed");
    }

    /** The first stamp of a millisecond, {@code 0 <= millis <= MILLIS_MAX}. */
    public static HybridTimestamp ofMillis(long millis) {
        return of(millis, 0);
    }

    public static HybridTimestamp of(long millis, int logical) {
        Check.inRange(0, MILLIS_MAX, millis, "millis");
        Check.inRange(0, LOGICAL_MASK, logical, "logical");
        return new HybridTimestamp(millis << LOGICAL_BITS | logical);
    }

    /** Reads the form that {@link #toString} writes; throws IllegalArgumentException for others. */
    public static HybridTimestamp parse(String text) {
        int plus = text.lastIndexOf('+');
        if (plus < 0 || text.length() - plus - 1 != LOGICAL_DIGITS) {
            throw notAStamp(text, null);
        }
        try {
            long millis = Instant.parse(text.substring(0, plus)).toEpochMilli();
            HybridTimestamp stamp = of(millis, Integer.parseInt(text.substring(plus + 1), 16));
            if (stamp.toString().equals(text)) {
                return stamp;
            }
        } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
            throw notAStamp(text, e);
        }
        throw notAStamp(text, null);
    }

    private static IllegalArgumentException notAStamp(String text, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "not a stamp (want 2026-11-23T02:46:59.123Z+0007): " + text, cause);
    }

    public long millis() {
        return packed >> LOGICAL_BITS;
    }

    public int logical() {
        return (int) (packed & LOGICAL_MASK);
    }

    /** The least stamp above this one. */
    public HybridTimestamp next() {
        return new HybridTimestamp(packed + 1);
    }

    public boolean isAfter(HybridTimestamp other) {
        return packed > other.packed;
    }

    /** The later of the two. */
    public static HybridTimestamp max(HybridTimestamp a, HybridTimestamp b) {
        return a.packed >= b.packed ? a : b;
    }

    @Override
    public int compareTo(HybridTimestamp other) {
        return Long.compare(packed, other.packed);
    }

    /** Sorts as the stamps do: {@code 2026-11-23T02:46:59.123Z+0007}, the counter in hex. */
    @Override
    public String toString() {
        String counter = Integer.toHexString(logical() | 1 << LOGICAL_BITS).substring(1);
        return Text.FORM.format(Instant.ofEpochMilli(millis())) + '+' + counter;
    }

    /** Apart, since most programs never show a stamp: the form takes milliseconds to make. */
    private static final class Text {
        /** Always three digits of milliseconds, so that the text sorts as the stamps do. */
        static final DateTimeFormatter FORM =
                DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
                        .withZone(ZoneOffset.UTC);
    }
}
