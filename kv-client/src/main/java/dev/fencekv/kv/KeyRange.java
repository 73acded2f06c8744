package dev.fencekv.kv;

import dev.fencekv.check.Check;
import java.util.Optional;

/**
 * The keys from one on, up to another that is no longer among them. Immutable.
 *
 * @param from the lowest key of the range; empty: from the first key that there is
 * @param to the lowest key above the range, not below {@code from}; empty: up to the last key
 */
public record KeyRange(Optional<Key> from, Optional<Key> to) {
    /** Every key. */
    public static final KeyRange ALL = new KeyRange(Optional.empty(), Optional.empty());

    public KeyRange {
        if (from.isPresent() && to.isPresent() && from.get().compareTo(to.get()) > 0) {
            throw new IllegalArgumentException(
                    "a range begins at its lower key, also one that is read in reverse: "
                            + from.get()
                            + " is above "
                            + to.get());
        }
    }

    /** The keys from {@code from} on that are lower than {@code to}. */
    public static KeyRange of(Key from, Key to) {
        return new KeyRange(Optional.of(from), Optional.of(to));
    }

    /** As {@link #of(Key, Key)}, of text; an empty one leaves that end open. */
    public static KeyRange of(String from, String to) {
        return new KeyRange(keyOf(from), keyOf(to));
    }

    /** The keys from {@code from} on. */
    public static KeyRange from(Key from) {
        return new KeyRange(Optional.of(from), Optional.empty());
    }

    /** The keys lower than {@code to}. */
    public static KeyRange below(Key to) {
        return new KeyRange(Optional.empty(), Optional.of(to));
    }

    /** The keys that start with {@code prefix}. */
    public static KeyRange prefix(Key prefix) {
        return new KeyRange(Optional.of(prefix), prefix.prefixEnd());
    }

    /** The keys that start with the text {@code prefix}; all keys if it is empty. */
    public static KeyRange prefix(String prefix) {
        return keyOf(prefix).map(KeyRange::prefix).orElse(ALL);
    }

    /** One key alone. */
    public static KeyRange only(Key key) {
        return new KeyRange(Optional.of(key), key.successor());
    }

    private static Optional<Key> keyOf(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(Key.of(text));
    }

    public boolean contains(Key key) {
        return (from.isEmpty() || key.compareTo(from.get()) >= 0)
                && (to.isEmpty() || key.compareTo(to.get()) < 0);
    }

    /** Whether each key that {@code other} contains is also of this range. */
    public boolean containsAll(KeyRange other) {
        return other.isEmpty()
                || (from.isEmpty()
                                || (other.from.isPresent()
                                        && !isBelow(other.from.get(), from.get())))
                        && (to.isEmpty()
                                || (other.to.isPresent() && !isBelow(to.get(), other.to.get())));
    }

    /** Whether no key can lie in it. */
    public boolean isEmpty() {
        return from.isPresent() && from.equals(to);
    }

    /** Whether there is a key that both contain. */
    public boolean intersects(KeyRange other) {
        return !isEmpty()
                && !other.isEmpty()
                && (from.isEmpty() || other.to.isEmpty() || isBelow(from.get(), other.to.get()))
                && (other.from.isEmpty() || to.isEmpty() || isBelow(other.from.get(), to.get()));
    }

    private static boolean isBelow(Key key, Key other) {
        return key.compareTo(other) < 0;
    }

    /** What of this range lies above {@code key}, one of its own. */
    public KeyRange above(Key key) {
        Check.argument(contains(key), "the key is not of the range");
        Optional<Key> next = key.successor();
        // Above the highest key that there can be lies nothing.
        return next.isPresent() ? new KeyRange(next, to) : of(key, key);
    }

    /** What of this range lies below {@code key}, one of its own. */
    public KeyRange upTo(Key key) {
        Check.argument(contains(key), "the key is not of the range");
        return new KeyRange(from, Optional.of(key));
    }

    @Override
    public String toString() {
        return "["
                + from.map(Key::toString).orElse("first")
                + ", "
                + to.map(Key::toString).orElse("end")
                + ")";
    }
}
