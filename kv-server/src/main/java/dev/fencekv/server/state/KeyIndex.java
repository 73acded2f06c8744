package dev.fencekv.server.state;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * All keys that have a record, in the order of their bytes. They are packed into leaves of some
 * KiB, so that a key takes little more memory than its bytes; a new one moves half a leaf on
 * average. Follows from the records, so it is no part of digest or snapshot.
 *
 * <p>Owned by whoever applies; to be read while nobody applies.
 */
final class KeyIndex {
    /** A leaf that holds more is split in two. */
    private static final int LEAF_BYTES_MAX = 4096;

    /** Two neighbours that hold no more together become one: well below what would be split. */
    private static final int MERGED_BYTES_MAX = LEAF_BYTES_MAX / 2;

    /** No key is lower. */
    private static final Key LOWEST = Key.copyOf(new byte[1]);

    /**
     * Leaves by a bound: a leaf has the keys from its bound up to the next leaf's.
     *
     * <p>Invariants: there is a leaf at LOWEST, so that every key has its leaf; it alone may be
     * empty, and only while there is no other; a leaf with more than one key holds at most
     * LEAF_BYTES_MAX.
     */
    private final TreeMap<Key, Leaf> leaves = new TreeMap<>();

    private long size;

    KeyIndex() {
        leaves.put(LOWEST, new Leaf());
    }

    /** How many keys there are. */
    long size() {
        return size;
    }

    boolean contains(Key key) {
        Leaf leaf = leaves.floorEntry(key).getValue();
        return leaf.hasAt(leaf.position(key), key);
    }

    /** Adds a key that is not there. */
    void add(Key key) {
        Leaf leaf = leaves.floorEntry(key).getValue();
        int position = leaf.position(key);
        Check.invariant(!leaf.hasAt(position, key), "a key is indexed once");
        leaf.insert(position, key);
        size++;
        if (leaf.byteCount() > LEAF_BYTES_MAX && leaf.count > 1) {
            Leaf right = leaf.split();
            leaves.put(right.key(0), right);
        }
    }

    /** Removes a key that is there. */
    void remove(Key key) {
        Map.Entry<Key, Leaf> entry = leaves.floorEntry(key);
        Leaf leaf = entry.getValue();
        int position = leaf.position(key);
        Check.invariant(leaf.hasAt(position, key), "what is removed was indexed");
        leaf.remove(position);
        size--;
        mergeAround(entry);
    }

    private void mergeAround(Map.Entry<Key, Leaf> shrunk) {
        Map.Entry<Key, Leaf> left = shrunk;
        Map.Entry<Key, Leaf> lower = leaves.lowerEntry(shrunk.getKey());
        if (lower != null && merge(lower, shrunk)) {
            left = lower;
        }
        Map.Entry<Key, Leaf> higher = leaves.higherEntry(left.getKey());
        while (higher != null && merge(left, higher)) {
            higher = leaves.higherEntry(left.getKey());
        }
    }

    /** Moves all of {@code right} to its neighbour {@code left}, if one leaf is enough for both. */
    private boolean merge(Map.Entry<Key, Leaf> left, Map.Entry<Key, Leaf> right) {
        Leaf into = left.getValue();
        Leaf from = right.getValue();
        boolean merges =
                into.count == 0
                        || from.count == 0
                        || into.byteCount() + from.byteCount() <= MERGED_BYTES_MAX;
        if (merges) {
            into.append(from);
            leaves.remove(right.getKey());
        }
        return merges;
    }

    /**
     * Visits the keys of a range from the lowest on, for as long as {@code visitor} says true. It
     * must not change the index.
     */
    void ascend(KeyRange range, Predicate<Key> visitor) {
        for (Leaf leaf : leavesOf(range).values()) {
            int end = leaf.end(range);
            for (int i = leaf.begin(range); i < end; i++) {
                if (!visitor.test(leaf.key(i))) {
                    return;
                }
            }
        }
    }

    /** As {@link #ascend}, from the highest on. */
    void descend(KeyRange range, Predicate<Key> visitor) {
        for (Leaf leaf : leavesOf(range).descendingMap().values()) {
            int begin = leaf.begin(range);
            for (int i = leaf.end(range) - 1; i >= begin; i--) {
                if (!visitor.test(leaf.key(i))) {
                    return;
                }
            }
        }
    }

    /** How many keys lie in a range: a look at each leaf, not at each key. */
    long count(KeyRange range) {
        long keys = 0;
        for (Leaf leaf : leavesOf(range).values()) {
            keys += Math.max(0, leaf.end(range) - leaf.begin(range));
        }
        return keys;
    }

    /** The lowest keys of a range, in order, at most {@code limit}. */
    List<Key> keysIn(KeyRange range, int limit) {
        List<Key> keys = new ArrayList<>();
        if (limit > 0) {
            ascend(
                    range,
                    key -> {
                        keys.add(key);
                        return keys.size() < limit;
                    });
        }
        return keys;
    }

    /** Those that may have keys of the range. */
    private NavigableMap<Key, Leaf> leavesOf(KeyRange range) {
        Key first = leaves.floorKey(range.from().orElse(LOWEST));
        return range.to().isEmpty()
                ? leaves.tailMap(first, true)
                : leaves.subMap(first, true, range.to().get(), false);
    }

    Collection<Leaf> leaves() {
        return leaves.values();
    }

    /** Keys in order, one behind the other. */
    static final class Leaf {
        /** How much room is taken at a time: little goes unused, and little is copied. */
        private static final int GROWTH_BYTES = 512;

        private static final int GROWTH_KEYS = 32;

        private byte[] bytes = new byte[0];

        /** Where each key ends. A char is enough: LEAF_BYTES_MAX and the longest key are less. */
        private char[] ends = new char[0];

        private int count;

        int count() {
            return count;
        }

        int byteCount() {
            return start(count);
        }

        /** Room for keys and their ends. */
        int capacityBytes() {
            return bytes.length + Character.BYTES * ends.length;
        }

        private int start(int i) {
            return i == 0 ? 0 : ends[i - 1];
        }

        private Key key(int i) {
            return Key.copyOf(bytes, start(i), ends[i] - start(i));
        }

        private int compare(Key key, int i) {
            return key.compareTo(bytes, start(i), ends[i]);
        }

        private boolean hasAt(int i, Key key) {
            return i < count && compare(key, i) == 0;
        }

        /** How many keys are lower than {@code key}: where it is, or would be. */
        private int position(Key key) {
            int low = 0;
            int high = count;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (compare(key, middle) > 0) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        /** The first of a range. Most leaves of a wide one lie in it from end to end. */
        private int begin(KeyRange range) {
            return range.from().isEmpty() || count == 0 || compare(range.from().get(), 0) <= 0
                    ? 0
                    : position(range.from().get());
        }

        /** Behind the last of a range. */
        private int end(KeyRange range) {
            return range.to().isEmpty() || count == 0 || compare(range.to().get(), count - 1) > 0
                    ? count
                    : position(range.to().get());
        }

        private void insert(int at, Key key) {
            int length = key.length();
            int from = start(at);
            int used = byteCount();
            if (used + length > bytes.length) {
                bytes = Arrays.copyOf(bytes, used + Math.max(length, GROWTH_BYTES));
            }
            if (count == ends.length) {
                ends = Arrays.copyOf(ends, count + GROWTH_KEYS);
            }
            System.arraycopy(bytes, from, bytes, from + length, used - from);
            key.copyTo(bytes, from);
            System.arraycopy(ends, at, ends, at + 1, count - at);
            ends[at] = (char) from;
            count++;
            shift(at, length);
        }

        private void remove(int at) {
            int from = start(at);
            int length = ends[at] - from;
            System.arraycopy(bytes, from + length, bytes, from, byteCount() - from - length);
            System.arraycopy(ends, at + 1, ends, at, count - at - 1);
            count--;
            shift(at, -length);
            if (bytes.length - byteCount() > LEAF_BYTES_MAX / 2) {
                trim();
            }
        }

        /** Moves the ends of the keys from the one at {@code at} on. */
        private void shift(int at, int length) {
            for (int i = at; i < count; i++) {
                ends[i] = (char) (ends[i] + length);
            }
        }

        private void trim() {
            bytes = Arrays.copyOf(bytes, byteCount());
            ends = Arrays.copyOf(ends, count);
        }

        /** Keeps the lower half, by bytes, and returns the other. Both have a key at least. */
        private Leaf split() {
            int half = byteCount() / 2;
            int keep = 1;
            while (keep < count - 1 && ends[keep - 1] < half) {
                keep++;
            }
            int from = start(keep);
            Leaf right = new Leaf();
            right.count = count - keep;
            right.bytes = Arrays.copyOfRange(bytes, from, byteCount());
            right.ends = Arrays.copyOfRange(ends, keep, count);
            right.shift(0, -from);
            count = keep;
            trim();
            return right;
        }

        /** Adds all keys of {@code right}, which are higher. */
        private void append(Leaf right) {
            int used = byteCount();
            int keys = count;
            bytes = Arrays.copyOf(bytes, used + right.byteCount());
            System.arraycopy(right.bytes, 0, bytes, used, right.byteCount());
            ends = Arrays.copyOf(ends, keys + right.count);
            System.arraycopy(right.ends, 0, ends, keys, right.count);
            count = keys + right.count;
            shift(keys, used);
        }
    }
}
