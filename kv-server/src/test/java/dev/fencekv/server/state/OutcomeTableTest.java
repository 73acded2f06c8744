package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Outcome;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The table against a map. */
class OutcomeTableTest {
    private static final long SEED = 11;
    private static final Outcome OUTCOME =
            new Outcome(Status.OK, 1, HybridTimestamp.ZERO, Outcome.NOTHING);

    @Test
    void itHoldsWhatAMapHolds() {
        Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            OutcomeTable table = new OutcomeTable();
            Map<Long, RememberedOutcome> model = new HashMap<>();
            long floor = random.nextInt(3) == 0 ? Long.MAX_VALUE - 4096 : random.nextInt(1000);
            int step = 1 << random.nextInt(13);
            for (int i = 0; i < 500; i++) {
                long sequence = floor + (long) random.nextInt(4096 / step + 1) * step % 4096;
                assertThat(table.get(sequence)).isSameAs(model.get(sequence));
                if (random.nextInt(3) == 0) {
                    assertThat(table.remove(sequence)).isSameAs(model.remove(sequence));
                } else if (!model.containsKey(sequence)) {
                    RememberedOutcome outcome =
                            new RememberedOutcome(new SessionId(1), sequence, 0, OUTCOME, 1);
                    table.add(outcome);
                    model.put(sequence, outcome);
                }
                assertThat(table.size()).isEqualTo(model.size());
            }
            Map<Long, RememberedOutcome> visited = new HashMap<>();
            table.forEach(one -> assertThat(visited.put(one.sequence, one)).as("once").isNull());
            assertThat(visited).isEqualTo(model);
        }
    }
}
