package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RefusedByPeersTest {
    private static final long SECOND = 1_000_000_000L;

    private final RefusedByPeers refusals = new RefusedByPeers(() -> List.of("b:1", "c:1"));

    @Test
    void aNodeWithoutACluserStopsAtTheFirstRefusal() {
        assertThat(refusals.refused(false, "b:1", "it has lost its data", 0))
                .hasValueSatisfying(line -> assertThat(line).contains("b:1", "lost its data"));
    }

    @Test
    void aMemberGoesOnUntilMoreThanHalfOfTheOthersRefuseItAgainAndAgain() {
        assertThat(refusals.refused(true, "b:1", "r", 0)).isEmpty();
        assertThat(refusals.refused(true, "b:1", "r", 4 * SECOND)).isEmpty();
        assertThat(refusals.refused(true, "c:1", "r", 5 * SECOND)).isEmpty();
        assertThat(refusals.refused(true, "b:1", "r", 6 * SECOND)).isEmpty();
        assertThat(refusals.refused(true, "c:1", "r", 9 * SECOND)).isPresent();
    }

    @Test
    void whoHasNotAppliedYetThatANodeWasAddedDoesNotEndIt() {
        assertThat(refusals.refused(true, "b:1", "r", 0)).isEmpty();
        assertThat(refusals.refused(true, "c:1", "r", 0)).isEmpty();
        assertThat(refusals.refused(true, "b:1", "r", 2 * SECOND)).isEmpty();
        assertThat(refusals.refused(true, "c:1", "r", 2 * SECOND)).isEmpty();
    }

    @Test
    void refusalsLongAgoDoNotCount() {
        refusals.refused(true, "b:1", "r", 0);
        refusals.refused(true, "b:1", "r", 4 * SECOND);
        refusals.refused(true, "c:1", "r", 60 * SECOND);
        assertThat(refusals.refused(true, "c:1", "r", 64 * SECOND)).isEmpty();
    }

    @Test
    void aNodeIsNotStoppedByStrangers() {
        refusals.refused(true, "x:1", "r", 0);
        assertThat(refusals.refused(true, "y:1", "r", 0)).isEmpty();
        assertThat(refusals.refused(false, "z:1", "r", 0)).isEmpty();
        assertThat(new RefusedByPeers(List::of).refused(true, "x:1", "r", 0)).isEmpty();
    }
}
