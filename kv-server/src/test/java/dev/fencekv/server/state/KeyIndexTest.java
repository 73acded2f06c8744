package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.check.InvariantViolation;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The index says of every range what a sorted set of the same keys says. */
class KeyIndexTest {
    private static final int SEEDS = 20;
    private static final int STEPS = 3000;

    private static final int LEAF_BYTES_MAX = 4096;
    private static final int MEASURED_KEYS = 500_000;

    /** What keys look like: each way fills and splits leaves differently. */
    private enum Shape {
        /** Often the same again; many share a beginning; some end in 0xff. */
        FEW_BYTES {
            @Override
            Key key(Random random) {
                byte[] bytes = new byte[1 + random.nextInt(3)];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) (random.nextInt(12) - 6);
                }
                return Key.copyOf(bytes);
            }
        },
        NUMBERED {
            @Override
            Key key(Random random) {
                return Key.of("orders/%08d".formatted(random.nextInt(2000)));
            }
        },
        /** Up to the longest: a leaf holds four of them. */
        OF_ALL_LENGTHS {
            @Override
            Key key(Random random) {
                int most = random.nextInt(4) == 0 ? Limits.KEY_BYTES_MAX : 64;
                byte[] bytes = new byte[1 + random.nextInt(most)];
                bytes[0] = (byte) random.nextInt(256);
                bytes[bytes.length - 1] = (byte) random.nextInt(256);
                return Key.copyOf(bytes);
            }
        };

        abstract Key key(Random random);
    }

    @Test
    void agreesWithASortedSetWhateverComesAndGoes() {
        for (Shape shape : Shape.values()) {
            for (long seed = 1; seed <= SEEDS; seed++) {
                try {
                    run(shape, new Random(seed));
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError(shape + ", seed " + seed, e);
                }
            }
        }
    }

    private static void run(Shape shape, Random random) {
        KeyIndex index = new KeyIndex();
        TreeSet<Key> model = new TreeSet<>();
        int additionsOfTen = 8;
        for (int step = 0; step < STEPS; step++) {
            if (step % 1000 == 999) {
                additionsOfTen = 1 + random.nextInt(9);
            }
            change(index, model, shape.key(random), random.nextInt(10) < additionsOfTen);
            if (step % 50 == 0) {
                compare(index, model, rangeOf(shape, random), random);
                checkLeaves(index);
            }
        }
        compare(index, model, KeyRange.ALL, random);
        while (!model.isEmpty()) {
            change(index, model, nearest(model, shape.key(random)), false);
        }
        compare(index, model, KeyRange.ALL, random);
        checkLeaves(index);
    }

    private static void change(KeyIndex index, TreeSet<Key> model, Key key, boolean add) {
        if (add && model.add(key)) {
            index.add(key);
        } else if (!add && model.remove(key)) {
            index.remove(key);
        }
    }

    private static Key nearest(TreeSet<Key> model, Key key) {
        Key ceiling = model.ceiling(key);
        return ceiling == null ? model.last() : ceiling;
    }

    private static KeyRange rangeOf(Shape shape, Random random) {
        Key one = shape.key(random);
        Key other = shape.key(random);
        return switch (random.nextInt(6)) {
            case 0 -> KeyRange.ALL;
            case 1 -> KeyRange.from(one);
            case 2 -> KeyRange.below(one);
            case 3 -> KeyRange.prefix(one.prefix(1 + random.nextInt(one.length())));
            case 4 -> KeyRange.only(one);
            default ->
                    one.compareTo(other) <= 0 ? KeyRange.of(one, other) : KeyRange.of(other, one);
        };
    }

    private static void compare(KeyIndex index, TreeSet<Key> model, KeyRange range, Random random) {
        List<Key> expected = new ArrayList<>(of(model, range));
        assertThat(index.size()).isEqualTo(model.size());
        assertThat(index.count(range)).as("count of %s", range).isEqualTo(expected.size());
        assertThat(index.keysIn(range, Integer.MAX_VALUE)).as("%s", range).isEqualTo(expected);
        int limit = random.nextInt(expected.size() + 2);
        int shown = Math.min(limit, expected.size());
        assertThat(index.keysIn(range, limit)).isEqualTo(expected.subList(0, shown));
        List<Key> downwards = new ArrayList<>();
        index.descend(
                range,
                key -> {
                    downwards.add(0, key);
                    return downwards.size() < Math.max(1, limit);
                });
        shown = Math.min(Math.max(1, limit), expected.size());
        assertThat(downwards)
                .as("downwards %s", range)
                .isEqualTo(expected.subList(expected.size() - shown, expected.size()));
    }

    private static NavigableSet<Key> of(TreeSet<Key> model, KeyRange range) {
        NavigableSet<Key> keys = model;
        if (range.from().isPresent()) {
            keys = keys.tailSet(range.from().get(), true);
        }
        if (range.to().isPresent()) {
            keys = keys.headSet(range.to().get(), false);
        }
        return keys;
    }

    private static void checkLeaves(KeyIndex index) {
        boolean alone = index.leaves().size() == 1;
        for (KeyIndex.Leaf leaf : index.leaves()) {
            assertThat(leaf.count() > 0 || alone).as("only a lone leaf is empty").isTrue();
            assertThat(leaf.count() <= 1 || leaf.byteCount() <= LEAF_BYTES_MAX).isTrue();
        }
    }

    @Test
    void keysThatComeTwiceOrGoWithoutHavingComeMeanThatWeAreWrong() {
        KeyIndex index = new KeyIndex();
        index.add(Key.of("a"));
        assertThatThrownBy(() -> index.add(Key.of("a"))).isInstanceOf(InvariantViolation.class);
        assertThatThrownBy(() -> index.remove(Key.of("b"))).isInstanceOf(InvariantViolation.class);
    }

    @Test
    void aVisitEndsWhenToldTo() {
        KeyIndex index = new KeyIndex();
        for (int i = 0; i < 1000; i++) {
            index.add(Key.of("k%04d".formatted(i)));
        }
        List<Key> seen = new ArrayList<>();
        index.ascend(
                new KeyRange(Optional.of(Key.of("k0500")), Optional.empty()),
                key -> {
                    seen.add(key);
                    return false;
                });
        assertThat(seen).containsExactly(Key.of("k0500"));
    }

    /** What operators are told to count (operations.md): a key's own bytes and some ten more. */
    @Test
    void aKeyTakesLittleMoreThanItsBytes() {
        assertThat(bytesPerKeyOf16(true)).as("in any order").isBetween(18.0, 24.0);
        assertThat(bytesPerKeyOf16(false)).as("in order").isBetween(18.0, 24.0);
    }

    private static double bytesPerKeyOf16(boolean shuffled) {
        Random random = new Random(1);
        long before = usedBytes();
        KeyIndex index = new KeyIndex();
        for (int i = 0; i < MEASURED_KEYS; i++) {
            long head = shuffled ? random.nextLong() : i;
            index.add(Key.copyOf(ByteBuffer.allocate(16).putLong(head).putLong(i).array()));
        }
        double bytes = (double) (usedBytes() - before) / MEASURED_KEYS;
        System.out.printf("%.1f bytes for a key of 16%n", bytes);
        assertThat(index.size()).isEqualTo(MEASURED_KEYS);
        return bytes;
    }

    private static long usedBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
