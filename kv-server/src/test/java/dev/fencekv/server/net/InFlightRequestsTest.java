package dev.fencekv.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InFlightRequestsTest {
    @Test
    void itAgreesWithAMap() {
        long seed = Long.getLong("seed", new SplittableRandom().nextLong());
        System.out.println("InFlightRequestsTest -Dseed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        InFlightRequests requests = new InFlightRequests();
        Map<Long, Integer> model = new HashMap<>();
        for (int step = 0; step < 200_000; step++) {
            // Few ids, so that they are met again; spread, as a client may number as it likes.
            long id = (1 + random.nextInt(300)) * 0x1_0000_0001L;
            if (model.containsKey(id) || random.nextInt(3) == 0) {
                Integer expected = model.remove(id);
                int size = requests.remove(id);
                assertThat(size)
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(expected == null ? InFlightRequests.ABSENT : expected);
            } else {
                int size = random.nextInt(1000);
                requests.add(id, size);
                model.put(id, size);
            }
            assertThat(requests.contains(id)).isEqualTo(model.containsKey(id));
            assertThat(requests.count()).isEqualTo(model.size());
        }
        long bytes = model.values().stream().mapToLong(Integer::longValue).sum();
        assertThat(requests.bytes()).isEqualTo(bytes);
    }

    @Test
    void theIdOfNoRequestIsNeverInFlight() {
        InFlightRequests requests = new InFlightRequests();
        requests.add(1, 10);
        assertThat(requests.remove(0)).isEqualTo(InFlightRequests.ABSENT);
        assertThat(requests.count()).isEqualTo(1);
    }
}
