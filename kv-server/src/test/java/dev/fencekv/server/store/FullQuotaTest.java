package dev.fencekv.server.store;

import static dev.fencekv.server.store.Records.MIB;
import static dev.fencekv.server.store.Records.key;
import static dev.fencekv.server.store.Records.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Value;
import dev.fencekv.server.state.RecordCodec;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rule 1 of DESIGN section 9: whatever clients do within the quota, no write fails and most of the
 * map's room is never used. Each test tries to break memory into useless gaps in its own way and
 * then asks for the quota in other sizes.
 */
@ParameterizedClass
@ValueSource(longs = {1, 12})
class FullQuotaTest {
    private static final ByteBuffer LARGEST_VALUE = ByteBuffer.allocate(Limits.VALUE_BYTES_MAX);
    private static final int KEY_BYTES = key(0).length();

    /** The part of the pool that must remain. */
    private static final double TIERS_LEFT_MIN = 0.75;

    private final long quotaBytes;
    private final ChronicleKvStore store;
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** Value sizes of what is in the store. */
    private final Map<Long, Integer> live = new HashMap<>();

    private long chargedBytes;
    private long nextKey;

    FullQuotaTest(long quotaMib) {
        this.quotaBytes = quotaMib * MIB;
        this.store = ChronicleKvStore.open(quotaBytes, seed);
        System.out.println("seed " + seed);
    }

    @AfterEach
    void everyRecordIsThereAndTheMapIsFarFromFull() {
        assertThat(store.size()).isEqualTo(live.size());
        live.forEach(
                (key, valueBytes) ->
                        assertThat(store.get(key(key)).value().length()).isEqualTo(valueBytes));
        assertThat(store.remainingTiers())
                .isGreaterThan(
                        (int) (TIERS_LEFT_MIN * MapSizing.forQuota(quotaBytes).extraTiersMax()));
        store.close();
    }

    @Test
    void allOfTheQuotaMayBeSmallestRecords() {
        fillWith(0);
    }

    @Test
    void allOfTheQuotaMayBeLargestRecords() {
        fillWith(Limits.VALUE_BYTES_MAX);
    }

    @Test
    void everyRecordMayGrowUntilOneIsLeft() {
        fillWith(100);
        ArrayDeque<Long> queue = new ArrayDeque<>(live.keySet());
        for (int step = 0; step < 20_000 && queue.size() > 1; step++) {
            long key = queue.poll();
            int grown = Math.min(Limits.VALUE_BYTES_MAX, live.get(key) * 9 / 8 + 64);
            while (!put(key, grown) && !queue.isEmpty()) {
                remove(queue.poll());
            }
            queue.add(key);
        }
    }

    @Test
    void sizesMayChangeAtRandomOverAllMagnitudes() {
        ArrayDeque<Long> queue = new ArrayDeque<>();
        for (int step = 0; step < 10_000; step++) {
            int valueBytes = (int) Math.exp(random.nextDouble() * Math.log(Limits.VALUE_BYTES_MAX));
            long key = random.nextBoolean() || queue.isEmpty() ? nextKey++ : queue.poll();
            while (!put(key, valueBytes)) {
                remove(queue.poll());
            }
            queue.add(key);
        }
    }

    @Test
    void survivorsAmongSmallRecordsMayBreakTheRoomForEverLargerOnes() {
        for (int keepOneOf : new int[] {2, 8, 64}) {
            for (int size = 64; size <= Limits.VALUE_BYTES_MAX; size *= 2) {
                long first = nextKey;
                fillWith(size);
                for (long key = first; key < nextKey; key++) {
                    if (key % keepOneOf != 0) {
                        remove(key);
                    }
                }
            }
        }
    }

    @Test
    void fewSmallRecordsMayPinEveryTierWhileTheLargestComeAndGo() {
        for (int round = 0; round < 3; round++) {
            fillWith(0);
            removeIf(1 - 1 / 1000.0);
            long first = nextKey;
            fillWith(Limits.VALUE_BYTES_MAX);
            fillWith(20_000);
            for (long key = first; key < nextKey; key++) {
                remove(key);
            }
        }
    }

    @Test
    void theLargestRecordsMayComeAndGoForLong() {
        ArrayDeque<Long> queue = new ArrayDeque<>();
        for (long step = 0; step < 10 * quotaBytes / Limits.VALUE_BYTES_MAX; step++) {
            long key = nextKey++;
            while (!put(
                    key, Limits.VALUE_BYTES_MAX - random.nextInt(2) * random.nextInt(500_000))) {
                remove(queue.poll());
            }
            queue.add(key);
        }
    }

    private void fillWith(int valueBytes) {
        while (put(nextKey, valueBytes)) {
            nextKey++;
        }
    }

    private void removeIf(double probability) {
        for (Iterator<Long> keys = live.keySet().iterator(); keys.hasNext(); ) {
            long key = keys.next();
            if (random.nextDouble() < probability) {
                chargedBytes -= RecordCodec.charge(KEY_BYTES, live.get(key));
                store.remove(key(key));
                keys.remove();
            }
        }
    }

    private void remove(long key) {
        Integer valueBytes = live.remove(key);
        if (valueBytes != null) {
            chargedBytes -= RecordCodec.charge(KEY_BYTES, valueBytes);
            store.remove(key(key));
        }
    }

    /** As apply does: refuses what the quota does not allow, else it must succeed. */
    private boolean put(long key, int valueBytes) {
        Integer before = live.get(key);
        long after =
                chargedBytes
                        + RecordCodec.charge(KEY_BYTES, valueBytes)
                        - (before == null ? 0 : RecordCodec.charge(KEY_BYTES, before));
        if (after > quotaBytes) {
            return false;
        }
        store.put(key(key), record(1, Value.readFrom(LARGEST_VALUE.duplicate(), valueBytes)));
        live.put(key, valueBytes);
        chargedBytes = after;
        return true;
    }
}
