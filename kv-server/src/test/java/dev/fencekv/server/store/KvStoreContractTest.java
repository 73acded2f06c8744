package dev.fencekv.server.store;

import static dev.fencekv.server.store.Records.MIB;
import static dev.fencekv.server.store.Records.key;
import static dev.fencekv.server.store.Records.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.check.InvariantViolation;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.server.state.EncodedRecord;
import dev.fencekv.server.state.KvStore;
import dev.fencekv.server.state.RecordCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link KvStore} promises, of every implementation. */
@ParameterizedClass
@EnumSource
class KvStoreContractTest {
    enum Implementation {
        HEAP(HeapKvStore::open),
        CHRONICLE(ChronicleKvStore::open);

        final KvStore.Factory factory;

        Implementation(KvStore.Factory factory) {
            this.factory = factory;
        }
    }

    private static final long QUOTA_BYTES = 16 * MIB;

    private final Implementation implementation;
    private KvStore store;

    KvStoreContractTest(Implementation implementation) {
        this.implementation = implementation;
    }

    @BeforeEach
    void open() {
        store = implementation.factory.open(QUOTA_BYTES, 42);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void aNewStoreIsEmpty() {
        assertThat(store.size()).isZero();
        assertThat(store.get(key(1))).isNull();
        assertThat(contentByVisits()).isEmpty();
    }

    @Test
    void recordsOfAllSizesReadAsWritten() {
        int[] keyBytes = {1, 7, 8, 9, 118, 119, 120, 127, 128, Limits.KEY_BYTES_MAX};
        int[] valueBytes = {0, 1, 63, 64, 65, 127, 128, 16383, 16384, Limits.VALUE_BYTES_MAX};
        for (int k : keyBytes) {
            for (int v : valueBytes) {
                Key key = Key.copyOf(new byte[k]);
                store.put(key, record(k, v));
                assertThat(store.get(key)).isEqualTo(record(k, v));
            }
        }
        assertThat(store.size()).isEqualTo(keyBytes.length);
    }

    @Test
    void aPutReplacesTheWholeRecordWhetherItGrowsOrShrinks() {
        int version = 0;
        for (int valueBytes : new int[] {10, 5000, 20, 300_000, 300_000, 0, 40}) {
            store.put(key(1), record(++version, valueBytes));
            assertThat(store.get(key(1))).isEqualTo(record(version, valueBytes));
        }
        assertThat(store.size()).isEqualTo(1);
    }

    @Test
    void aRemovedKeyIsGoneAndRemovingNothingChangesNothing() {
        store.put(key(1), record(1, 10));
        store.put(key(2), record(2, 10));

        store.remove(key(1));
        store.remove(key(1));
        store.remove(key(3));

        assertThat(store.get(key(1))).isNull();
        assertThat(store.get(key(2))).isEqualTo(record(2, 10));
        assertThat(store.size()).isEqualTo(1);
    }

    @Test
    void whoHoldsAKeySeesItsRecordAndWritesItInOneGo() {
        try (KvStore.Slot slot = store.hold(key(1))) {
            assertThat(slot.record().exists()).isFalse();
            slot.put(record(1, 300));
        }
        try (KvStore.Slot slot = store.hold(key(1))) {
            assertThat(slot.record().decode()).isEqualTo(record(1, 300));
            assertThat(slot.record().decode()).isEqualTo(record(1, 300));
            slot.put(record(2, 400_000));
        }
        try (KvStore.Slot slot = store.hold(key(1))) {
            assertThat(slot.record().decode()).isEqualTo(record(2, 400_000));
        }
        assertThat(store.get(key(1))).isEqualTo(record(2, 400_000));
        try (KvStore.Slot slot = store.hold(key(1))) {
            slot.remove();
        }
        try (KvStore.Slot slot = store.hold(key(1))) {
            assertThat(slot.record().exists()).isFalse();
            slot.remove();
        }
        assertThat(store.size()).isZero();
    }

    @Test
    void oneSlotAtATime() {
        try (KvStore.Slot slot = store.hold(key(1))) {
            assertThatThrownBy(() -> store.hold(key(2))).isInstanceOf(InvariantViolation.class);
            slot.put(record(1, 10));
        }
        assertThat(store.get(key(1))).isEqualTo(record(1, 10));
    }

    @Test
    void whoOnlyComparesNeedNotCopyTheWholeValue() {
        byte[] bytes = new byte[100_000];
        Arrays.fill(bytes, 0, 10, (byte) 200);
        Versioned record = record(1, 0).withValue(Value.copyOf(bytes));
        store.put(key(1), record);
        try (KvStore.Slot slot = store.hold(key(1))) {
            EncodedRecord beginning = slot.beginning(10);
            assertThat(beginning.exists()).isTrue();
            assertThat(beginning.decode().value().beginning(10))
                    .isEqualTo(Value.copyOf(bytes, 0, 10));
            assertThat(beginning.decode().withValue(record.value())).isEqualTo(record);
            assertThat(slot.valueBytes()).isEqualTo(bytes.length);
            assertThat(slot.beginning(0).exists()).isTrue();
            assertThat(slot.record().decode()).isEqualTo(record);
            slot.put(record(1, 3));
        }
        try (KvStore.Slot slot = store.hold(key(1))) {
            assertThat(slot.beginning(1_000).decode()).isEqualTo(record(1, 3));
        }
        try (KvStore.Slot slot = store.hold(key(2))) {
            assertThat(slot.beginning(10).exists()).isFalse();
        }
    }

    @Test
    void keysThatArePrefixesOfEachOtherAreDifferentKeys() {
        for (int length = 1; length <= 64; length++) {
            store.put(Key.copyOf(new byte[length]), record(length, 1));
        }
        for (int length = 1; length <= 64; length++) {
            assertThat(store.get(Key.copyOf(new byte[length]))).isEqualTo(record(length, 1));
        }
    }

    @Test
    void visitsMeetEachRecordOnceInItsOwnShard() {
        Map<Key, Versioned> expected = new HashMap<>();
        for (int i = 0; i < 5000; i++) {
            expected.put(key(i), record(i, i % 300));
            store.put(key(i), record(i, i % 300));
        }

        assertThat(contentByVisits()).isEqualTo(expected);
    }

    @Test
    void aKeyKeepsItsShard() {
        for (int i = 0; i < 100; i++) {
            int before = shardOf(key(i));
            store.put(key(i), record(i, 1000 * i));
            assertThat(shardOf(key(i))).isEqualTo(before).isBetween(0, store.shards() - 1);
        }
    }

    @Test
    void aWriteBeyondTheQuotaIsAnInvariantViolationAndChangesNothing() {
        Versioned large = record(1, Limits.VALUE_BYTES_MAX);
        long fitting = QUOTA_BYTES / RecordCodec.charge(key(0).length(), Limits.VALUE_BYTES_MAX);
        for (int i = 0; i < fitting; i++) {
            store.put(key(i), large);
        }
        Map<Key, Versioned> before = contentByVisits();

        assertThatThrownBy(() -> store.put(key(-1), large))
                .isInstanceOf(InvariantViolation.class)
                .hasMessageContaining(Long.toString(QUOTA_BYTES));

        assertThat(contentByVisits()).isEqualTo(before);
        store.remove(key(0));
        store.put(key(-1), large);
    }

    @Test
    void memoryIsReportedAndGrowsWithTheRecords() {
        long before = store.memoryBytes();
        for (int i = 0; i < 20; i++) {
            store.put(key(i), record(1, Limits.VALUE_BYTES_MAX));
        }
        assertThat(store.memoryBytes()).isGreaterThan(before + 20L * Limits.VALUE_BYTES_MAX);
    }

    @Test
    void anInterruptedThreadReadsAndWritesAsEver() {
        Thread.currentThread().interrupt();
        try {
            store.put(key(1), record(1, 10));
            assertThat(store.get(key(1))).isEqualTo(record(1, 10));
            store.remove(key(1));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** Rule 6 of DESIGN section 9, and the port's guarantee (1). */
    @Test
    void readersBesideTheWriterNeverSeeATornRecordNorOneThatGoesBack() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int keys = 24;
        for (int i = 0; i < keys; i++) {
            store.put(key(i), record(1, i));
        }
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try {
            List<Future<Long>> readers = new ArrayList<>();
            for (int reader = 0; reader < 2; reader++) {
                readers.add(executor.submit(() -> readUntil(done, keys)));
            }
            for (long version = 2; version < 8_000; version++) {
                int key = random.nextInt(keys);
                store.put(key(key), record(version, 1 << random.nextInt(19)));
                if (version % 16 == 0) {
                    // Comes and goes, so that gaps and tiers change under the readers.
                    store.put(key(keys), record(version, random.nextInt(100_000)));
                    store.remove(key(keys));
                }
            }
            done.set(true);
            for (Future<Long> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
        } finally {
            done.set(true);
            executor.shutdownNow();
        }
    }

    private long readUntil(AtomicBoolean done, int keys) throws ExecutionException {
        long[] seen = new long[keys];
        long reads = 0;
        do {
            for (int i = 0; i < keys; i++) {
                Versioned found = store.get(key(i));
                assertThat(found).isNotNull();
                assertThat(Records.isWhole(found)).as("whole: %s", found.modifyRevision()).isTrue();
                assertThat(found.modifyRevision()).isGreaterThanOrEqualTo(seen[i]);
                seen[i] = found.modifyRevision();
                reads++;
            }
            Versioned passing = store.get(key(keys));
            assertThat(passing == null || Records.isWhole(passing)).isTrue();
        } while (!done.get());
        return reads;
    }

    /** Every operation against a plain map, with a check of everything at the end. */
    @Test
    void whateverIsDoneTheStoreHoldsWhatAPlainMapHolds() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Map<Key, Versioned> model = new HashMap<>();
        long charged = 0;
        for (long step = 1; step < 40_000; step++) {
            Key key = key(random.nextInt(3000));
            int valueBytes = random.nextInt(1 << 1 + random.nextInt(17));
            long chargeBefore = chargeOf(key, model.get(key));
            long chargeAfter = RecordCodec.charge(key.length(), valueBytes);
            if (random.nextInt(4) > 0 && charged - chargeBefore + chargeAfter <= QUOTA_BYTES) {
                store.put(key, record(step, valueBytes));
                model.put(key, record(step, valueBytes));
                charged += chargeAfter - chargeBefore;
            } else {
                store.remove(key);
                model.remove(key);
                charged -= chargeBefore;
            }
            Key other = key(random.nextInt(3000));
            assertThat(store.get(other)).isEqualTo(model.get(other));
            assertThat(store.size()).isEqualTo(model.size());
        }
        assertThat(contentByVisits()).isEqualTo(model);
    }

    private Map<Key, Versioned> contentByVisits() {
        Map<Key, Versioned> content = new HashMap<>();
        for (int shard = 0; shard < store.shards(); shard++) {
            Map<Key, Versioned> inShard = new HashMap<>();
            store.forEachInShard(
                    shard, (key, record) -> assertThat(inShard.put(key, record.decode())).isNull());
            for (Key key : inShard.keySet()) {
                assertThat(shardOf(key)).isEqualTo(shard);
            }
            content.putAll(inShard);
        }
        assertThat(content).hasSize((int) store.size());
        return content;
    }

    private int shardOf(Key key) {
        try (KvStore.Slot slot = store.hold(key)) {
            return slot.shard();
        }
    }

    private static long chargeOf(Key key, Versioned record) {
        return record == null ? 0 : RecordCodec.charge(key.length(), record.value().length());
    }
}
