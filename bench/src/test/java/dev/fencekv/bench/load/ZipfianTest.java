package dev.fencekv.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ZipfianTest {
    private static final int DRAWS = 1_000_000;

    @Test
    void ranksComeAsOftenAsTheirProbabilitySays() {
        Zipfian zipfian = new Zipfian(1_000, Zipfian.YCSB_SKEW);
        int[] counts = new int[1_000];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < DRAWS; i++) {
            counts[zipfian.next(random)]++;
        }
        // The first two ranks are exact, the others an approximation of the method.
        for (int rank : new int[] {0, 1}) {
            double wanted = zipfian.probability(rank) * DRAWS;
            assertThat((double) counts[rank]).isCloseTo(wanted, within(0.02 * wanted));
        }
        for (int rank : new int[] {9, 99}) {
            double wanted = 0;
            double met = 0;
            for (int near = rank - 5; near <= rank + 5; near++) {
                wanted += zipfian.probability(near) * DRAWS;
                met += counts[near];
            }
            assertThat(met).isCloseTo(wanted, within(0.1 * wanted));
        }
    }

    @Test
    void theEndsOfTheRangeAreRanks() {
        for (int n : new int[] {1, 2, 3, 1_000_000}) {
            Zipfian zipfian = new Zipfian(n, Zipfian.YCSB_SKEW);
            assertThat(zipfian.rank(0)).isZero();
            assertThat(zipfian.rank(Math.nextDown(1.0))).isBetween(0, n - 1);
        }
    }

    @Test
    void hotKeysAreSpreadOverAllKeys() {
        BitSet tenths = new BitSet();
        for (int rank = 0; rank < 100; rank++) {
            int key = Distribution.spread(rank, 1_000);
            assertThat(key).isBetween(0, 999);
            tenths.set(key / 100);
        }
        assertThat(tenths.cardinality()).isEqualTo(10);
    }
}
