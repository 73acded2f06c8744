package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UnansweredCallsTest {
    private static final Call.Listener NOBODY =
            new Call.Listener() {
                @Override
                public void settled(Reply reply, boolean more) {}

                @Override
                public void failed(FenceKvException failure) {}
            };

    private final UnansweredCalls calls = new UnansweredCalls();

    private static Call call() {
        return Call.plain(Call.Kind.READ, new Request.Ping(), Call.NO_DEADLINE, NOBODY);
    }

    private long add(Call call) {
        long number = calls.nextNumber();
        calls.add(number, call);
        return number;
    }

    @Test
    void aReplyFindsItsCallOnceRemoved() {
        Call call = call();
        long number = add(call);
        assertThat(number).isEqualTo(1);
        assertThat(calls.find(number)).isSameAs(call);
        assertThat(calls.remove(number)).isSameAs(call);
        assertThat(calls.remove(number)).isNull();
        assertThat(calls.isEmpty()).isTrue();
    }

    @Test
    void aNumberNobodyGaveFindsNobody() {
        add(call());
        for (long number : new long[] {0, 2, 65, -63, Long.MIN_VALUE + 1}) {
            assertThat(calls.find(number)).as("%d", number).isNull();
        }
    }

    @Test
    void aCallThatWaitsForLongIsPassedBy() {
        Call waiting = call();
        long first = add(waiting);
        long last = first;
        for (int i = 0; i < 10_000; i++) {
            long number = add(call());
            assertThat(number).isGreaterThan(last);
            last = number;
            calls.remove(number);
        }
        assertThat(calls.find(first)).isSameAs(waiting);
    }

    @Test
    void whateverTheOrderItIsAMap() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<Long, Call> expected = new HashMap<>();
        for (int step = 0; step < 100_000; step++) {
            if (expected.isEmpty() || random.nextInt(1000) < (step < 50_000 ? 520 : 480)) {
                Call call = call();
                long number = add(call);
                assertThat(expected.put(number, call)).as("seed %d step %d", seed, step).isNull();
            } else {
                List<Long> numbers = step % 1000 == 0 ? new ArrayList<>(expected.keySet()) : null;
                long number =
                        numbers == null
                                ? expected.keySet().iterator().next()
                                : numbers.get(random.nextInt(numbers.size()));
                assertThat(calls.remove(number))
                        .as("seed %d step %d", seed, step)
                        .isSameAs(expected.remove(number));
            }
        }
        assertThat(calls.removeAll()).containsExactlyInAnyOrderElementsOf(expected.values());
        assertThat(calls.isEmpty()).isTrue();
    }
}
