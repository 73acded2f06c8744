package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.store.ChronicleKvStore;
import dev.fencekv.server.store.HeapKvStore;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Thousands of small histories, each by its seed. {@code -Dsim.seed=7} runs that one again; {@code
 * -Dsim.seeds=100000} runs more; {@code -Dsim.steps=} makes them longer.
 */
class SimulationTest {
    private static final long FIRST_SEED = Long.getLong("sim.first", 1);
    private static final int SEEDS = Integer.getInteger("sim.seeds", 500);
    private static final int OFF_HEAP_SEEDS = 3;
    private static final int OFF_HEAP_STEPS = 500;
    private static final int STEPS = Integer.getInteger("sim.steps", 1500);

    /** What a simulation must have met to have proved anything. */
    private static final List<String> MET =
            List.of(
                    "ACQUIRE OK",
                    "ACQUIRE QUEUED",
                    "ACQUIRE QUOTA_EXCEEDED",
                    "CLOSE_SESSION OK",
                    "DELETE FENCED SUPERSEDED",
                    "PUT CONDITION_FAILED",
                    "PUT DUPLICATE",
                    "PUT FENCED EXPIRED",
                    "PUT FENCED FENCE_REQUIRED",
                    "PUT FENCED RELEASED",
                    "PUT FENCED REVOKED",
                    "PUT FENCED SUPERSEDED",
                    "PUT FENCED UNKNOWN_TOKEN",
                    "PUT FENCED WRONG_LOCK",
                    "PUT INVALID_ARGUMENT",
                    "PUT OK",
                    "PUT SESSION_EXPIRED",
                    "READ AHEAD",
                    "READ COMPACTED",
                    "READ KNOWN",
                    "TOLD COMPACTED",
                    "TOLD EXPIRED",
                    "TOLD GRANTED",
                    "TOLD LEFT_QUEUE",
                    "TOLD QUEUED",
                    "TOLD RELEASED",
                    "TOLD REVOKED",
                    "TOLD false",
                    "TOLD true",
                    "RELEASE FENCED SUPERSEDED",
                    "RELEASE OK",
                    "TRANSACT CONDITION_FAILED",
                    "TRANSACT FENCED FENCE_REQUIRED",
                    "TRANSACT FENCED SUPERSEDED",
                    "TRANSACT LOCK_BUSY",
                    "TRANSACT OK",
                    "TRANSACT QUOTA_EXCEEDED");

    @Test
    void replicasAgreeAndEveryInvariantHoldsWhateverHappens() {
        Long only = Long.getLong("sim.seed");
        long first = only != null ? only : FIRST_SEED;
        int seeds = only != null ? 1 : SEEDS;
        TreeMap<String, Integer> met = new TreeMap<>();
        for (long seed = first; seed < first + seeds; seed++) {
            TreeStore.Stores stores = new TreeStore.Stores();
            SimLog log = run(seed, STEPS, HeapKvStore::open, stores, stores);
            assertThat(stores.open()).as("stores never closed, seed %d", seed).isZero();
            log.met.forEach((what, times) -> met.merge(what, times, Integer::sum));
            log.feedsMet().forEach((what, times) -> met.merge("TOLD " + what, times, Integer::sum));
            log.readsMet().forEach((what, times) -> met.merge("READ " + what, times, Integer::sum));
        }
        met.forEach((what, times) -> System.out.println(times + " x " + what));
        if (seeds >= 100) {
            assertThat(met).containsKeys(MET.toArray(String[]::new));
        }
    }

    @Test
    void theStoreOffTheHeapAgreesWithTheOneOnIt() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + OFF_HEAP_SEEDS; seed++) {
            run(seed, OFF_HEAP_STEPS, ChronicleKvStore::open, HeapKvStore::open, TreeStore::open);
        }
    }

    private static SimLog run(long seed, int steps, KvStore.Factory... stores) {
        try {
            return new Simulation(seed, stores).run(steps);
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed + ": run again with -Dsim.seed=" + seed, e);
        }
    }
}
