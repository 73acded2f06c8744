package dev.fencekv.bench.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.bench.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class StagesTest {
    private static Stages stages(String second) {
        return Stages.ofJson(
                Json.read(
                        "{\"node\":\"n1\",\"operation\":\"put\","
                                + "\"whole\":{\"count\":9,\"p50Us\":160,\"p90Us\":200,\"p99Us\":300},"
                                + "\"stages\":["
                                + "{\"name\":\"decode\",\"count\":9,\"p50Us\":10,\"p90Us\":12,\"p99Us\":40},"
                                + "{\"name\":\""
                                + second
                                + "\",\"count\":9,\"p50Us\":140,\"p90Us\":170,\"p99Us\":280}]}"));
    }

    @Test
    void theTableSaysEachStagesShare() {
        assertThat(stages("fsync").text())
                .containsSubsequence("decode", "10.0", "7%", "fsync", "140.0", "93%", "whole");
    }

    @Test
    void theBarHasAllStages() {
        assertThat(Stages.chart(List.of(stages("fsync"))).svg())
                .contains("decode", "fsync", "150 µs");
    }

    @Test
    void onlyTheSameStagesAreComparable() {
        assertThatThrownBy(() -> Stages.chart(List.of(stages("fsync"), stages("apply"))))
                .hasMessageContaining("other stages");
    }
}
