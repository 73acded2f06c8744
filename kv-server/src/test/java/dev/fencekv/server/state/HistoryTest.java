package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Setting;
import dev.fencekv.server.state.StateView.Standing;
import dev.fencekv.server.store.HeapKvStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
            assertThat(history.recordAsOf(key, revision, now))
                    .isEqualTo(versions.get((int) revision - 1));
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
