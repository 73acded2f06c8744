package dev.fencekv.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Ranges cut the keys exactly where they say, at the ends of what a key can be too. */
class KeyRangeTest {
    private static final Key HIGHEST = Key.copyOf(filled(Limits.KEY_BYTES_MAX, 0xff));

    private static byte[] filled(int length, int with) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) with);
        return bytes;
    }

    private static Key key(int... bytes) {
        byte[] array = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            array[i] = (byte) bytes[i];
        }
        return Key.copyOf(array);
    }

    /** Some of all lengths that matter, with many at the borders of bytes. */
    private static List<Key> keys() {
        Random random = new Random(3);
        int[] digits = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
        Stream<Key> shorts =
                Stream.generate(
                                () -> {
                                    int[] bytes = new int[1 + random.nextInt(3)];
                                    Arrays.setAll(
                                            bytes, i -> digits[random.nextInt(digits.length)]);
                                    return key(bytes);
                                })
                        .limit(300);
        byte[] almost = filled(Limits.KEY_BYTES_MAX, 0xff);
        almost[Limits.KEY_BYTES_MAX - 1] = 7;
        return Stream.concat(
                        shorts,
                        Stream.of(
                                HIGHEST,
                                Key.copyOf(almost),
                                Key.copyOf(filled(Limits.KEY_BYTES_MAX, 0)),
                                Key.copyOf(filled(Limits.KEY_BYTES_MAX - 1, 0xff))))
                .distinct()
                .sorted()
                .toList();
    }

    @Test
    void aPrefixIsARange() {
        for (Key prefix : keys()) {
            KeyRange range = KeyRange.prefix(prefix);
            for (Key key : keys()) {
                assertThat(range.contains(key))
                        .as("%s starts with %s", key, prefix)
                        .isEqualTo(key.startsWith(prefix));
            }
        }
        assertThat(KeyRange.prefix("")).isEqualTo(KeyRange.ALL);
        assertThat(KeyRange.prefix("a")).isEqualTo(KeyRange.of("a", "b"));
    }

    @Test
    void nothingLiesBetweenAKeyAndItsSuccessor() {
        for (Key key : keys()) {
            for (Key other : keys()) {
                boolean above =
                        key.successor().isPresent() && other.compareTo(key.successor().get()) >= 0;
                assertThat(above).as("%s, %s", key, other).isEqualTo(other.compareTo(key) > 0);
            }
            assertThat(KeyRange.only(key).contains(key)).isTrue();
        }
        assertThat(HIGHEST.successor()).isEmpty();
        assertThat(Key.of("a").successor()).contains(key('a', 0));
    }

    @Test
    void whatIsAboveAKeyAndWhatIsBelowItAndTheKeyAreTheWholeRange() {
        KeyRange range = KeyRange.of(key(1), HIGHEST);
        for (KeyRange whole : List.of(KeyRange.ALL, range, KeyRange.from(key(0x80)))) {
            for (Key key : keys()) {
                if (!whole.contains(key)) {
                    assertThatThrownBy(() -> whole.above(key))
                            .isInstanceOf(IllegalArgumentException.class);
                    continue;
                }
                for (Key other : keys()) {
                    assertThat(whole.above(key).contains(other))
                            .isEqualTo(whole.contains(other) && other.compareTo(key) > 0);
                    assertThat(whole.upTo(key).contains(other))
                            .isEqualTo(whole.contains(other) && other.compareTo(key) < 0);
                }
            }
        }
    }

    @Test
    void twoRangesIntersectIfAKeyLiesInBoth() {
        List<Key> some = List.of(key(1), key(1, 0), key(2), key(0xff));
        for (Key a : some) {
            for (Key b : some) {
                if (a.compareTo(b) > 0) {
                    assertThatThrownBy(() -> KeyRange.of(a, b))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("lower key");
                    continue;
                }
                KeyRange range = KeyRange.of(a, b);
                assertThat(range.isEmpty()).isEqualTo(a.equals(b));
                assertThat(range.intersects(KeyRange.ALL)).isEqualTo(!range.isEmpty());
                for (Key c : some) {
                    assertThat(range.intersects(KeyRange.only(c))).isEqualTo(range.contains(c));
                    assertThat(KeyRange.only(c).intersects(range)).isEqualTo(range.contains(c));
                }
            }
        }
        assertThat(KeyRange.below(key(2)).intersects(KeyRange.from(key(2)))).isFalse();
        assertThat(KeyRange.below(key(2, 0)).intersects(KeyRange.from(key(2)))).isTrue();
    }
}
