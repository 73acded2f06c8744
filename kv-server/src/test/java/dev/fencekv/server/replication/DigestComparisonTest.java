package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DigestComparisonTest {
    private final DigestComparison comparison = new DigestComparison("a");

    private boolean stops(String address, long digest) {
        return comparison.reported(address, 4096, digest, 3).isPresent();
    }

    @Test
    void nodeThatDiffersFromMostStops() {
        assertThat(stops("a", 1)).isFalse();
        assertThat(stops("b", 2)).isFalse();
        assertThat(stops("c", 2)).isTrue();
    }

    @Test
    void nodeThatAppliesLaterThanTheOthersIsComparedThen() {
        assertThat(stops("b", 2)).isFalse();
        assertThat(stops("c", 2)).isFalse();
        assertThat(stops("a", 1)).isTrue();
    }

    @Test
    void nodeThatAgreesWithMostGoesOn() {
        assertThat(stops("a", 1)).isFalse();
        assertThat(stops("b", 1)).isFalse();
        assertThat(stops("c", 2)).isFalse();
    }

    @Test
    void whatOneNodeRepeatsCountsOnce() {
        assertThat(stops("a", 1)).isFalse();
        assertThat(stops("b", 2)).isFalse();
        assertThat(stops("b", 2)).isFalse();
    }

    @Test
    void differentIndexesAreNotCompared() {
        assertThat(stops("a", 1)).isFalse();
        assertThat(comparison.reported("b", 8192, 2, 3)).isEmpty();
        assertThat(comparison.reported("c", 8192, 2, 3)).isEmpty();
    }
}
