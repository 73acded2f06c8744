package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Setting;
import dev.fencekv.server.state.StateView.Standing;
import dev.fencekv.server.store.HeapKvStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** History beside a plain list of everything that ever was. */
class HistoryTest {
    private static final int KEYS = 24;

    /** Each revision's records, whole. */
    private final TreeMap<Long, Map<Key, Versioned>> all = new TreeMap<>();

    private final TreeMap<Long, HybridTimestamp> stamps = new TreeMap<>();
    private final KvStateMachine state = new KvStateMachine(HeapKvStore::open);
    private final StateView view = state.view();
    private long index;

    HistoryTest() {
        all.put(0L, Map.of());
        stamps.put(0L, HybridTimestamp.ZERO);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyRevisionOfTheWindowIsAsItWas(long seed) {
        Random random = new Random(seed);
        set(Setting.HISTORY_BYTES, 300_000);
        set(Setting.HISTORY_REVISIONS, 400);
        for (int step = 0; step < 3_000; step++) {
            Key key = Key.of("k" + (int) Math.abs(random.nextGaussian() * KEYS / 3));
            int dice = random.nextInt(1_000);
            if (dice < 3) {
                set(Setting.HISTORY_BYTES, random.nextBoolean() ? 0 : 20_000 << random.nextInt(6));
            } else if (dice < 5) {
                set(Setting.HISTORY_REVISIONS, 1 + random.nextInt(800));
            } else if (dice < 250) {
                apply(new Command.Delete(RequestId.NONE, List.of(), key, Command.ANY_REVISION));
            } else {
                int bytes = dice < 260 ? random.nextInt(150_000) : random.nextInt(200);
                byte[] value = new byte[bytes];
                random.nextBytes(value);
                put(key, Value.copyOf(value));
            }
            if (step % 100 == 99) {
                checkAll("seed " + seed + " step " + step);
            }
        }
        assertThat(view.oldestRevision()).isPositive();
    }

    private void checkAll(String when) {
        long oldest = view.oldestRevision();
        assertThat(oldest).as(when).isBetween(0L, state.revision());
        for (long revision = Math.max(1, oldest); revision <= state.revision(); revision++) {
            Map<Key, Versioned> expected = all.floorEntry(revision).getValue();
            RecordsAsOf records = view.recordsAsOf(AsOf.revision(revision));
            assertThat(rows(records)).as("%s as of %d", when, revision).isEqualTo(expected);
            assertThat(records.count(KeyRange.ALL)).isEqualTo(expected.size());
            HybridTimestamp stamp = stamps.getOrDefault(revision, HybridTimestamp.ZERO);
            if (!stamp.equals(HybridTimestamp.ZERO)) {
                assertThat(rows(view.recordsAsOf(AsOf.stamp(stamp)))).as(when).isEqualTo(expected);
            }
        }
        if (oldest > 1) {
            assertThat(view.standing(AsOf.revision(oldest - 1))).isEqualTo(Standing.COMPACTED);
        }
    }

    private Map<Key, Versioned> rows(RecordsAsOf records) {
        Map<Key, Versioned> found = new TreeMap<>();
        records.page(KeyRange.ALL, false, false, Integer.MAX_VALUE, Long.MAX_VALUE)
                .rows()
                .forEach(row -> found.put(row.key(), row.record().orElseThrow()));
        return found;
    }

    /** A search under way, and what it has to find. */
    private final class Searching {
        private final long revision;
        private final boolean reverse;
        private final SearchAsOf search;
        private int portions;

        Searching(Random random) {
            long oldest = Math.max(1, view.oldestRevision());
            revision = oldest + (long) (random.nextDouble() * (state.revision() - oldest + 1));
            reverse = random.nextBoolean();
            search =
                    switch (random.nextInt(3)) {
                        case 0 -> new CountAsOf(KeyRange.ALL);
                        case 1 -> new KeysAsOf(allKeys(), Long.MAX_VALUE);
                        default ->
                                new PageAsOf(
                                        KeyRange.ALL,
                                        reverse,
                                        false,
                                        Integer.MAX_VALUE,
                                        Long.MAX_VALUE);
                    };
        }

        /** Whether it is over. */
        boolean go(int steps) {
            portions++;
            if (view.standing(AsOf.revision(revision)) == Standing.COMPACTED) {
                return true;
            }
            if (!search.go(view.recordsAsOf(AsOf.revision(revision)), new Steps(steps))) {
                return false;
            }
            check();
            return true;
        }

        private void check() {
            Map<Key, Versioned> expected = all.floorEntry(revision).getValue();
            if (search instanceof CountAsOf count) {
                assertThat(count.count()).as("count as of %d", revision).isEqualTo(expected.size());
            } else if (search instanceof KeysAsOf keys) {
                List<Optional<Versioned>> were =
                        allKeys().stream()
                                .map(key -> Optional.ofNullable(expected.get(key)))
                                .toList();
                assertThat(keys.found()).as("keys as of %d", revision).isEqualTo(were);
            } else {
                RangePage page = ((PageAsOf) search).page();
                List<Key> keys = new ArrayList<>(expected.keySet());
                if (reverse) {
                    Collections.reverse(keys);
                }
                assertThat(page.rows().stream().map(RangeRow::key).toList()).isEqualTo(keys);
                page.rows()
                        .forEach(row -> assertThat(row.record()).contains(expected.get(row.key())));
            }
        }
    }

    private static List<Key> allKeys() {
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            keys.add(Key.of("k" + i % (KEYS - 2)));
        }
        return keys;
    }

    /** While keys come and go, the window moves, its table grows and it is emptied. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aSearchInPortionsFindsWhatOneAtOnceWouldHaveFound(long seed) {
        Random random = new Random(seed);
        set(Setting.HISTORY_BYTES, 400_000);
        List<Searching> searches = new ArrayList<>();
        int inPortions = 0;
        for (int step = 0; step < 12_000; step++) {
            Key key = Key.of("k" + random.nextInt(KEYS));
            int dice = random.nextInt(2_000);
            if (dice == 0) {
                set(Setting.HISTORY_BYTES, random.nextBoolean() ? 0 : 100_000 << random.nextInt(3));
            } else if (dice < 700) {
                apply(new Command.Delete(RequestId.NONE, List.of(), key, Command.ANY_REVISION));
            } else {
                put(key, Value.copyOf(new byte[random.nextInt(50)]));
            }
            if (searches.size() < 10) {
                searches.add(new Searching(random));
            }
            for (Searching each : List.copyOf(searches)) {
                if (random.nextInt(3) == 0 && each.go(1 + random.nextInt(60))) {
                    searches.remove(each);
                    inPortions += each.portions > 1 ? 1 : 0;
                }
            }
        }
        assertThat(inPortions).as("seed %d", seed).isGreaterThan(100);
    }

    @Test
    void aKeyThatIsNamedOftenIsLookedUpOnce() {
        for (int i = 0; i < 1_000; i++) {
            put(Key.of("hot"), Value.of("v" + i));
        }
        long first = state.revision() - 999;
        // Each change is chained, and passed, once.
        KeysAsOf keys = new KeysAsOf(Collections.nCopies(1_000, Key.of("hot")), 1 << 20);
        assertThat(keys.go(view.recordsAsOf(AsOf.revision(first)), new Steps(2_100))).isTrue();
        assertThat(keys.found()).hasSize(1_000).allMatch(found -> found.isPresent());
    }

    @Test
    void whatKeysAreNowTakesNoStepsAlsoOfOnesThatAreNotThere() {
        for (int i = 0; i < 1_000; i++) {
            put(Key.of("hot"), Value.of("v" + i));
        }
        apply(new Command.Delete(RequestId.NONE, List.of(), Key.of("hot"), Command.ANY_REVISION));
        put(Key.of("there"), Value.of("x".repeat(100_000)));
        List<Key> named = List.of(Key.of("hot"), Key.of("never"), Key.of("there"));
        KeysAsOf keys = new KeysAsOf(named, 1 << 20);
        assertThat(keys.go(view.recordsAsOf(AsOf.NOW), new Steps(0))).isTrue();
        assertThat(keys.found().stream().map(Optional::isPresent))
                .containsExactly(false, false, true);
    }

    @Test
    void thereIsAsMuchAsTheSettingsAllow() {
        set(Setting.HISTORY_REVISIONS, 10);
        for (int i = 0; i < 100; i++) {
            put(Key.of("k"), Value.of("v" + i));
        }
        assertThat(state.revision() - view.oldestRevision()).isBetween(9L, 10L);
        set(Setting.HISTORY_REVISIONS, 1000);
        set(Setting.HISTORY_BYTES, 100 * 1024);
        for (int i = 0; i < 1000; i++) {
            put(Key.of("k"), Value.copyOf(new byte[1000]));
        }
        assertThat(state.revision() - view.oldestRevision()).isBetween(80L, 100L);
        assertThat(view.historyMemoryBytes()).isLessThan(300 * 1024);
    }

    @Test
    void withoutHistoryOnlyNowIsKnown() {
        set(Setting.HISTORY_BYTES, 0);
        put(Key.of("k"), Value.of("v"));
        assertThat(view.oldestRevision()).isEqualTo(state.revision());
        assertThat(view.recordsAsOf(AsOf.revision(state.revision())).get(Key.of("k"))).isNotNull();
        assertThat(view.historyMemoryBytes()).isZero();
    }

    @Test
    void whereMemoryFallsShortTheWindowStaysSmaller() {
        Counters counters = new Counters();
        AtomicInteger left = new AtomicInteger(3);
        RingMemory memory =
                new RingMemory(
                        () -> {
                            if (left.decrementAndGet() < 0) {
                                throw new OutOfMemoryError("none left");
                            }
                            return ByteBuffer.allocate(RingMemory.SEGMENT_BYTES);
                        });
        History history = new History(counters, memory, 1L << 30, 1L << 30);
        Key key = Key.of("k");
        EncodedRecord before = new EncodedRecord();
        byte[] bytes = key.toByteArray();
        List<Versioned> versions = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            counters.revision++;
            counters.lastStamp = counters.lastStamp.next();
            history.recordChanging(key, History.hash(bytes, bytes.length), before, false);
            versions.add(TestRecords.of(Value.of("v" + i), counters.revision, counters.lastStamp));
            before.fill(versions.get(i));
        }
        long oldest = history.oldestRevision();
        assertThat(oldest).isBetween(1L, 1_990L);
        Versioned now = versions.get(versions.size() - 1);
        for (long revision = oldest; revision <= counters.revision; revision++) {
            KeyTrace trace = new KeyTrace(history, key, revision, now);
            assertThat(trace.go(Steps.unbounded())).isTrue();
            assertThat(trace.record()).isEqualTo(versions.get((int) revision - 1));
        }
        assertThat(memory.memoryBytes()).isLessThanOrEqualTo(3L * RingMemory.SEGMENT_BYTES);
    }

    private void put(Key key, Value value) {
        apply(new Command.Put(RequestId.NONE, List.of(), key, value, Command.ANY_REVISION, false));
    }

    private void set(Setting setting, long value) {
        apply(new Command.ChangeSetting(RequestId.NONE, setting, value));
    }

    private void apply(Command command) {
        long before = state.revision();
        state.apply(++index, 0, HybridTimestamp.of(1_000 + index, 0), command);
        if (state.revision() == before) {
            return;
        }
        TreeMap<Key, Versioned> now = new TreeMap<>(all.lastEntry().getValue());
        if (command instanceof Command.Put put) {
            now.put(put.key(), view.get(put.key()));
        } else if (command instanceof Command.Delete delete) {
            now.remove(delete.key());
        }
        all.put(state.revision(), now);
        stamps.put(state.revision(), state.lastStamp());
    }
}
