package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.check.InvariantViolation;
import dev.fencekv.kv.Limits;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SequenceWindowTest {
    private final SequenceWindow window = new SequenceWindow();

    @Test
    void numbersStartAtOne() {
        assertThat(window.floor()).isEqualTo(1);
        assertThat(window.take()).isEqualTo(1);
        assertThat(window.take()).isEqualTo(2);
    }

    @Test
    void theFloorPassesOnlyWhatIsSettledWithoutAGap() {
        window.take();
        window.take();
        window.take();
        window.settle(2);
        assertThat(window.floor()).isEqualTo(1);
        window.settle(1);
        assertThat(window.floor()).isEqualTo(3);
        window.settle(3);
        assertThat(window.floor()).isEqualTo(4);
    }

    @Test
    void oneUnsettledNumberHoldsTheWindowAt4096() {
        for (int i = 0; i < Limits.IN_FLIGHT_PER_SESSION_MAX; i++) {
            assertThat(window.hasRoomForGivingBack()).isTrue();
            boolean reserved = i >= Limits.IN_FLIGHT_PER_SESSION_MAX - SequenceWindow.RESERVED;
            assertThat(window.hasRoom()).isEqualTo(!reserved);
            window.take();
        }
        assertThat(window.hasRoomForGivingBack()).isFalse();
        for (long sequence = 2; sequence <= Limits.IN_FLIGHT_PER_SESSION_MAX; sequence++) {
            window.settle(sequence);
        }
        assertThat(window.hasRoomForGivingBack()).isFalse();
        window.settle(1);
        assertThat(window.hasRoom()).isTrue();
        assertThat(window.floor()).isEqualTo(Limits.IN_FLIGHT_PER_SESSION_MAX + 1);
    }

    @Test
    void settlingTwiceIsABug() {
        window.take();
        window.take();
        window.settle(2);
        assertThatThrownBy(() -> window.settle(2)).isInstanceOf(InvariantViolation.class);
        assertThatThrownBy(() -> window.settle(3)).isInstanceOf(InvariantViolation.class);
    }

    @Test
    void theFloorIsTheLowestUnsettledWhateverTheOrder() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        TreeSet<Long> unsettled = new TreeSet<>();
        long next = 1;
        for (int step = 0; step < 50_000; step++) {
            if (window.hasRoom() && (unsettled.isEmpty() || random.nextInt(100) < 52)) {
                assertThat(window.take()).isEqualTo(next);
                unsettled.add(next++);
            } else {
                Long from = unsettled.ceiling(window.floor() + random.nextInt(4096));
                long chosen = from == null ? unsettled.first() : from;
                window.settle(chosen);
                unsettled.remove(chosen);
            }
            long floor = unsettled.isEmpty() ? next : unsettled.first();
            assertThat(window.floor()).as("seed %d step %d", seed, step).isEqualTo(floor);
        }
    }
}
