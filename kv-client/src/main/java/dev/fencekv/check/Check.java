package dev.fencekv.check;

import org.jspecify.annotations.Nullable;

/**
 * Checks that are always on and cheap. {@code argument}-like checks speak to the caller ({@link
 * IllegalArgumentException}); {@link #invariant} says that we ourselves are wrong.
 *
 * <p>Stateless; safe from any thread. Messages are built only on failure.
 */
public final class Check {
    private Check() {}

    /** The caller's argument must satisfy {@code holds}. */
    public static void argument(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Returns {@code value} if it is at least {@code min}. */
    public static long atLeast(long min, long value, String name) {
        if (value < min) {
            throw new IllegalArgumentException(
                    name + " must be at least " + min + " but is " + value);
        }
        return value;
    }

    /** Returns {@code value} if it lies in {@code [min, max]}. */
    public static long inRange(long min, long max, long value, String name) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    name + " must be in [" + min + ", " + max + "] but is " + value);
        }
        return value;
    }

    /** Stops us when we are wrong. */
    public static void invariant(boolean holds, String message) {
        if (!holds) {
            throw new InvariantViolation(message);
        }
    }

    /** As {@link #invariant(boolean, String)}, naming the two numbers that disagree. */
    public static void invariant(boolean holds, String message, long left, long right) {
        if (!holds) {
            throw new InvariantViolation(message + ": " + left + ", " + right);
        }
    }

    /** Returns {@code value}, which our own logic says cannot be null here. */
    public static <T> T present(@Nullable T value, String what) {
        if (value == null) {
            throw new InvariantViolation(what + " is missing");
        }
        return value;
    }
}
