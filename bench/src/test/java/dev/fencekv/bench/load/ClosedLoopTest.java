package dev.fencekv.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class ClosedLoopTest {
    private static final long END = 100_000;

    private final FakePacer pacer = new FakePacer();

    @Test
    void aTargetThatAnswersAtOnceIsALoopAndNoRecursion() {
        FakeTarget target =
                new FakeTarget() {
                    @Override
                    void answer(int number, Completion completion) {
                        pacer.pass(1);
                        completion.completed(null);
                    }
                };
        new ClosedLoop(issuer(target), pacer, 0).start();
        assertThat(target.started).hasSize((int) END);
    }

    @Test
    void theNextOneStartsWhenTheLastHasEnded() {
        Queue<Target.Completion> underWay = new ArrayDeque<>();
        FakeTarget target =
                new FakeTarget() {
                    @Override
                    void answer(int number, Completion completion) {
                        underWay.add(completion);
                    }
                };
        Issuer issuer = issuer(target);
        for (int i = 0; i < 4; i++) {
            new ClosedLoop(issuer, pacer, 0).start();
        }
        for (int i = 0; i < 100; i++) {
            assertThat(issuer.outstanding()).isEqualTo(4);
            underWay.remove().completed(null);
        }
        pacer.until(END);
        while (!underWay.isEmpty()) {
            underWay.remove().completed(null);
        }
        assertThat(target.started).hasSize(104);
        assertThat(issuer.outstanding()).isZero();
    }

    private Issuer issuer(FakeTarget target) {
        Issuer issuer =
                new Issuer(
                        target, OpenLoopTest.spec(), pacer, new Latencies(List.of(Operation.PUT)));
        issuer.measure(0, END);
        return issuer;
    }
}
