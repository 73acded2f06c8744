package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PauseGateTest {
    private final List<ReadCompletion> asked = new ArrayList<>();
    private final List<String> happened = new ArrayList<>();
    private final PauseGate gate = new PauseGate(asked::add);

    private void hold(String name) {
        gate.hold(
                new PauseGate.Held() {
                    @Override
                    public void pass() {
                        happened.add(name + " passed");
                    }

                    @Override
                    public void refuse(Refusal refusal) {
                        happened.add(name + " refused " + refusal.status());
                    }
                });
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
}
