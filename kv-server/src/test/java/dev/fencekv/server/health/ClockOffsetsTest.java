package dev.fencekv.server.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ClockOffsetsTest {
    private static final List<String> THREE = List.of("a", "b", "c");
    private static final List<String> FIVE = List.of("a", "b", "c", "d", "e");

    private final ClockOffsets clocks = new ClockOffsets();
    private long nowNanos = TimeUnit.SECONDS.toNanos(50);

    /** As node a sees it. */
    private void sample(String node, long offsetMs, long errorMs) {
        clocks.sampled(
                node,
                TimeUnit.MILLISECONDS.toMicros(offsetMs),
                TimeUnit.MILLISECONDS.toMicros(errorMs),
                nowNanos);
    }

    @Test
    void clocksThatAgreeWithinThePermittedOffsetAreWell() {
        sample("b", 300, 1);
        sample("c", -150, 1);
        assertThat(clocks.outsiders("a", THREE, nowNanos)).contains(List.of());
    }

    @Test
    void whoIsApartFromTwoThatAgreeIsOutside() {
        sample("b", 5, 1);
        sample("c", 2_000, 1);
        assertThat(clocks.outsiders("a", THREE, nowNanos)).contains(List.of("c"));
    }

    @Test
    void thatMayBeWeOurselves() {
        sample("b", 2_003, 1);
        sample("c", 1_999, 1);
        assertThat(clocks.outsiders("a", THREE, nowNanos)).contains(List.of("a"));
    }

    @Test
    void nobodyIsJudgedIfAllDiffer() {
        sample("b", 2_000, 1);
        sample("c", -2_000, 1);
        assertThat(clocks.outsiders("a", THREE, nowNanos)).isEmpty();
    }

    /** Two of three that are heard are no majority of five. */
    @Test
    void moreThanHalfOfAllMembersMustAgree() {
        sample("b", 0, 1);
        sample("c", 2_000, 1);
        assertThat(clocks.outsiders("a", FIVE, nowNanos)).isEmpty();
        sample("d", 1, 1);
        assertThat(clocks.outsiders("a", FIVE, nowNanos)).contains(List.of("c"));
    }

    @Test
    void aVagueSampleAccusesNobody() {
        sample("b", 0, 1);
        sample("c", 2_000, 1_600);
        assertThat(clocks.outsiders("a", THREE, nowNanos)).contains(List.of());
    }

    @Test
    void theSharpestOfTheLastSecondsCounts() {
        sample("b", 4, 1);
        sample("b", 90, 100);
        assertThat(clocks.of("b", nowNanos))
                .map(ClockOffsets.Offset::offsetMicros)
                .contains(4_000L);
        nowNanos += TimeUnit.SECONDS.toNanos(6);
        assertThat(clocks.of("b", nowNanos)).isEmpty();
    }

    @Test
    void aClockThatWasSetIsBelievedAtOnce() {
        sample("b", 4, 1);
        sample("b", 3_000, 2);
        assertThat(clocks.of("b", nowNanos))
                .map(ClockOffsets.Offset::offsetMicros)
                .contains(3_000_000L);
    }
}
