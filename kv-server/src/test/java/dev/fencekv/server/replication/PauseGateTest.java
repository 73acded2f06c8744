package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PauseGateTest {
    private final List<ReadCompletion> asked = new ArrayList<>();
    private final List<String> happened = new ArrayList<>();
    private final PauseGate gate = new PauseGate(asked::add, Runnable::run);

    private long nowNanos;

    private void hold(String name) {
        gate.hold(
                new PauseGate.Command() {
                    @Override
                    public void pass() {
                        happened.add(name + " passed");
                        if (name.equals("broken")) {
                            throw new IllegalStateException("broken on purpose");
                        }
                    }

                    @Override
                    public void refuse(Refusal refusal) {
                        happened.add(name + " refused " + refusal.status());
                    }
                },
                nowNanos);
    }

    @Test
    void itIsOpenWhileNobodySleeps() {
        assertThat(gate.isOpen()).isTrue();
        hold("a");
        assertThat(happened).containsExactly("a passed");
    }

    @Test
    void afterAPauseAllWaitForTheConfirmationAndKeepTheirOrder() {
        gate.paused();
        assertThat(gate.isOpen()).isFalse();
        hold("a");
        hold("b");
        assertThat(happened).isEmpty();

        asked.get(0).ready(7);

        assertThat(happened).containsExactly("a passed", "b passed");
        assertThat(gate.isOpen()).isTrue();
    }

    @Test
    void whoIsNoLongerTheLeaderRefusesWhatCanStillBeRefused() {
        gate.paused();
        hold("a");

        asked.get(0).failed(Refusal.notLeader("other:1"));

        assertThat(happened).containsExactly("a refused NOT_LEADER");
        assertThat(gate.isOpen()).isTrue();
    }

    @Test
    void aConfirmationFromBeforeTheSecondPauseOpensNothing() {
        gate.paused();
        hold("a");
        gate.paused();

        asked.get(0).ready(7);
        assertThat(happened).isEmpty();
        assertThat(gate.isOpen()).isFalse();

        asked.get(1).ready(7);
        assertThat(happened).containsExactly("a passed");
    }

    @Test
    void notMoreThanItsRoomIsHeld() {
        gate.paused();
        for (int i = 0; i < PauseGate.HELD_MAX; i++) {
            hold("x");
        }
        hold("last");
        assertThat(happened).containsExactly("last refused OVERLOADED");
    }

    @Test
    void oneThatFailsDoesNotTakeTheOthersWithIt() {
        gate.paused();
        hold("broken");
        hold("b");
        asked.get(0).ready(7);
        assertThat(happened).containsExactly("broken passed", "b passed");
        assertThat(gate.isOpen()).isTrue();
    }

    @Test
    void theEndOfTheLeadershipSettlesAllAtOnce() {
        gate.paused();
        hold("a");
        gate.leadershipEnded(Refusal.notLeader(""));
        assertThat(happened).containsExactly("a refused NOT_LEADER");
        assertThat(gate.isOpen()).isTrue();

        asked.get(0).ready(7);
        assertThat(happened).hasSize(1);
    }

    @Test
    void nobodyWaitsForAConfirmationThatNeverComes() {
        gate.paused();
        hold("a");
        nowNanos += 1_500_000_000L;
        hold("b");
        gate.expire(nowNanos);
        assertThat(happened).isEmpty();
        nowNanos += 500_000_000L;
        gate.expire(nowNanos);
        assertThat(happened).containsExactly("a refused UNAVAILABLE");
    }

    @Test
    void aPauseInTheMiddleOfPassingHoldsTheRest() {
        gate.paused();
        gate.hold(
                new PauseGate.Command() {
                    @Override
                    public void pass() {
                        happened.add("a passed");
                        gate.paused();
                    }

                    @Override
                    public void refuse(Refusal refusal) {}
                },
                nowNanos);
        hold("b");
        asked.get(0).ready(7);
        assertThat(happened).containsExactly("a passed");
        asked.get(1).ready(7);
        assertThat(happened).containsExactly("a passed", "b passed");
    }
}
