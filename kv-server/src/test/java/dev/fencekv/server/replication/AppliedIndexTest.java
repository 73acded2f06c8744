package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AppliedIndexTest {
    private final AppliedIndex applied = new AppliedIndex();
    private final List<String> told = new ArrayList<>();

    private ReadCompletion named(String name) {
        return new ReadCompletion() {
            @Override
            public void ready(long index) {
                told.add(name + "@" + index);
            }

            @Override
            public void failed(Refusal refusal) {
                told.add(name + " failed");
            }
        };
    }

    @Test
    void waitersAreToldInTheOrderOfTheirIndexes() {
        applied.whenApplied(3, named("c"));
        applied.whenApplied(1, named("a"));
        applied.whenApplied(2, named("b"));
        applied.publish(2);
        assertThat(told).containsExactly("a@1", "b@2");
        applied.publish(7);
        assertThat(told).containsExactly("a@1", "b@2", "c@3");
    }

    @Test
    void whatIsAppliedAlreadyIsReadyAtOnce() {
        applied.publish(5);
        applied.whenApplied(5, named("a"));
        assertThat(told).containsExactly("a@5");
    }

    @Test
    void theIndexNeverGoesBack() {
        applied.publish(5);
        applied.publish(4);
        assertThat(applied.get()).isEqualTo(5);
    }

    @Test
    void whoWaitsWhenWeStopIsRefusedNowAndLater() {
        applied.whenApplied(3, named("a"));
        applied.stop(Refusal.unavailable("stopped"));
        applied.whenApplied(1, named("b"));
        assertThat(told).containsExactly("a failed", "b failed");
    }

    @Test
    void aWaiterThatThrowsDoesNotKeepOthersWaiting() {
        applied.whenApplied(
                1,
                new ReadCompletion() {
                    @Override
                    public void ready(long index) {
                        throw new IllegalStateException("on purpose");
                    }

                    @Override
                    public void failed(Refusal refusal) {}
                });
        applied.whenApplied(1, named("b"));
        applied.publish(1);
        assertThat(told).containsExactly("b@1");
    }
}
