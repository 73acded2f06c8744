package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.state.ApplyCost.Shape;
import dev.fencekv.server.store.ChronicleKvStore;
import dev.fencekv.server.store.HeapKvStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Fencing is free of garbage, in apply. */
class ApplyGarbageTest {
    private static final int KEYS = 10_000;

    /** The last counts: the first also finds classes that are not loaded yet. */
    private static final int BATCHES = 6;

    /** Less than the smallest object. */
    private static final double TOLERANCE_BYTES = 8;

    @Test
    void aFencedAndGuardedPutMakesNoMoreThanAPlainOne() {
        for (KvStore.Factory stores :
                List.<KvStore.Factory>of(HeapKvStore::open, ChronicleKvStore::open)) {
            assertThat(bytes(stores, Shape.FENCED_AND_GUARDED_WITHOUT_SESSION))
                    .isLessThan(bytes(stores, Shape.PLAIN) + TOLERANCE_BYTES);
            assertThat(bytes(stores, Shape.FENCED_AND_GUARDED))
                    .isLessThan(bytes(stores, Shape.IN_SESSION) + TOLERANCE_BYTES);
        }
    }

    private static double bytes(KvStore.Factory stores, Shape shape) {
        try (ApplyCost cost = new ApplyCost(stores, shape, KEYS)) {
            return cost.ofApply(BATCHES).bytes();
        }
    }
}
