package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.store.HeapKvStore;
import org.junit.jupiter.api.Test;

/**
 * Thousands of small histories, each by its seed. {@code -Dsim.seed=7} runs that one again; {@code
 * -Dsim.seeds=100000} runs more; {@code -Dsim.steps=} makes them longer.
 */
class SimulationTest {
    private static final long FIRST_SEED = Long.getLong("sim.first", 1);
    private static final int SEEDS = Integer.getInteger("sim.seeds", 2000);
    private static final int STEPS = Integer.getInteger("sim.steps", 1500);

    @Test
    void replicasAgreeAndEveryInvariantHoldsWhateverHappens() {
        Long only = Long.getLong("sim.seed");
        long first = only != null ? only : FIRST_SEED;
        long commands = 0;
        for (long seed = first; seed < first + (only != null ? 1 : SEEDS); seed++) {
            commands += run(seed, HeapKvStore::open, TreeStore::open, TreeStore::open);
        }
        assertThat(commands).as("the simulation does something").isPositive();
        System.out.println(commands + " commands from seed " + first);
    }

    private static long run(long seed, KvStore.Factory... stores) {
        try {
            return new Simulation(seed, stores).run(STEPS);
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed + ": run again with -Dsim.seed=" + seed, e);
        }
    }
}
