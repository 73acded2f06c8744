package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LeaderTrackerTest {
    private static final long NOW = 1_000;
    private static final long LATER = NOW + LeaderTracker.AVOID_NANOS;

    private final LeaderTracker leaders = new LeaderTracker(List.of("a:1", "b:1", "c:1", "a:1"));

    @Test
    void withoutALeaderTheNodesTakeTurns() {
        assertThat(leaders.target(NOW)).isEqualTo("a:1");
        leaders.notLeader("a:1");
        leaders.notLeader("a:1");
        assertThat(leaders.target(NOW)).isEqualTo("b:1");
        leaders.notLeader("b:1");
        assertThat(leaders.target(NOW)).isEqualTo("c:1");
    }

    @Test
    void aNamedLeaderIsAskedAlsoIfItWasNotConfigured() {
        assertThat(leaders.learned("d:1", NOW)).isTrue();
        assertThat(leaders.target(NOW)).isEqualTo("d:1");
        assertThat(leaders.reachable(NOW)).hasSize(4);
        leaders.notLeader("d:1");
        assertThat(leaders.target(NOW)).isEqualTo("a:1");
    }

    @Test
    void anUnreachableNodeIsAvoidedAlsoIfOthersStillNameIt() {
        leaders.learned("a:1", NOW);
        leaders.unreachable("a:1", NOW);
        assertThat(leaders.learned("a:1", NOW + 1)).isFalse();
        assertThat(leaders.reachable(NOW + 1)).containsExactly("b:1", "c:1");
        assertThat(leaders.target(NOW + 1)).isEqualTo("b:1");
        leaders.notLeader("b:1");
        leaders.notLeader("c:1");
        assertThat(leaders.target(NOW + 1)).isEqualTo("b:1");
        assertThat(leaders.learned("a:1", LATER)).isTrue();
    }

    @Test
    void ifAllAreUnreachableTheyTakeTurnsAnyway() {
        for (String endpoint : List.of("a:1", "b:1", "c:1")) {
            leaders.unreachable(endpoint, NOW);
        }
        assertThat(leaders.target(NOW)).isEqualTo("a:1");
    }

    @Test
    void aNodeThatAnsweredIsNotAvoidedAnyMore() {
        leaders.unreachable("b:1", NOW);
        assertThat(leaders.after("a:1", NOW)).isEqualTo("c:1");
        leaders.reached("b:1");
        assertThat(leaders.after("a:1", NOW)).isEqualTo("b:1");
    }
}
