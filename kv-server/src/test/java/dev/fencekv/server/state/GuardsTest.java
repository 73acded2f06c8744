package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The walk outwards from the innermost guard finds what looking at every guard finds. */
class GuardsTest {
    private static final long SEED = 42;

    /** 0xff and 0x00 among them: the order of keys is that of unsigned bytes. */
    private static final byte[] ALPHABET = {0, 'a', 'b', (byte) 0x80, (byte) 0xff};

    @Test
    void coveringFindsEveryGuardWhosePrefixTheKeyStartsWith() {
        Random random = new Random(SEED);
        for (int round = 0; round < 2000; round++) {
            Guards guards = new Guards(new Ledger());
            TreeSet<Key> prefixes = new TreeSet<>();
            for (int i = random.nextInt(30); i > 0; i--) {
                Key prefix = key(random);
                if (prefixes.add(prefix)) {
                    guards.add(entry(prefix));
                } else if (random.nextBoolean()) {
                    prefixes.remove(prefix);
                    guards.remove(guards.find(prefix));
                }
            }
            assertThat(inOrder(guards)).isEqualTo(List.copyOf(prefixes));
            for (int i = 0; i < 30; i++) {
                Key key = key(random);
                assertThat(prefixesOf(guards.innermost(key))).isEqualTo(covering(prefixes, key));
                assertThat(guards.deepestWith(key)).isEqualTo(deepest(prefixes, key));
            }
        }
    }

    private static List<Key> inOrder(Guards guards) {
        List<Key> prefixes = new ArrayList<>();
        for (GuardEntry entry = guards.next(null);
                entry != null;
                entry = guards.next(entry.guard.prefix())) {
            prefixes.add(entry.guard.prefix());
        }
        return prefixes;
    }

    private static List<Key> covering(TreeSet<Key> prefixes, Key key) {
        List<Key> covering = new ArrayList<>(prefixes);
        covering.removeIf(prefix -> !key.startsWith(prefix));
        covering.sort(Comparator.comparingInt(Key::length).reversed());
        return covering;
    }

    private static int deepest(TreeSet<Key> prefixes, Key added) {
        TreeSet<Key> all = new TreeSet<>(prefixes);
        all.add(added);
        return all.stream()
                .filter(key -> key.startsWith(added))
                .mapToInt(key -> covering(all, key).size())
                .max()
                .orElseThrow();
    }

    private static List<Key> prefixesOf(@Nullable GuardEntry innermost) {
        List<Key> prefixes = new ArrayList<>();
        for (GuardEntry entry = innermost; entry != null; entry = entry.outer) {
            prefixes.add(entry.guard.prefix());
        }
        return prefixes;
    }

    private static GuardEntry entry(Key prefix) {
        return new GuardEntry(
                new Guard(prefix, new LockName("l"), GuardRule.STRICT, GuardMode.ENFORCE), 1);
    }

    private static Key key(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(5)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = ALPHABET[random.nextInt(ALPHABET.length)];
        }
        return Key.copyOf(bytes);
    }
}
