package dev.fencekv.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text form sorts as the stamps do, and reads back. */
class HybridTimestampTest {
    @Test
    void textIsUtcWithMillisecondsAndTheCounterInHex() {
        HybridTimestamp stamp = HybridTimestamp.of(1_795_402_019_123L, 0x7);
        assertThat(stamp).hasToString("2026-11-23T02:46:59.123Z+0007");
        assertThat(HybridTimestamp.of(1_795_402_019_000L, 0xffff))
                .hasToString("2026-11-23T02:46:59.000Z+ffff");
        assertThat(HybridTimestamp.ZERO).hasToString("1970-01-01T00:00:00.000Z+0000");
        assertThat(new HybridTimestamp(Long.MAX_VALUE).toString()).startsWith("6429-");
    }

    @Test
    void textReadsBackAndSortsAsTheStampsDo() {
        Random random = new Random(3);
        List<HybridTimestamp> stamps = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            stamps.add(new HybridTimestamp(random.nextLong() & Long.MAX_VALUE));
            stamps.add(HybridTimestamp.of(random.nextInt(3), random.nextInt(3)));
        }
        stamps.add(new HybridTimestamp(Long.MAX_VALUE));
        for (HybridTimestamp stamp : stamps) {
            assertThat(HybridTimestamp.parse(stamp.toString())).isEqualTo(stamp);
        }
        List<HybridTimestamp> byText = new ArrayList<>(stamps);
        byText.sort(Comparator.comparing(HybridTimestamp::toString));
        stamps.sort(null);
        assertThat(byText).isEqualTo(stamps);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026-11-23T02:46:59.123Z",
                "2026-11-23T02:46:59.123Z+",
                "2026-11-23T02:46:59.123Z+007",
                "2026-11-23T02:46:59.123Z+00007",
                "2026-11-23T02:46:59.123Z+-007",
                "2026-11-23T02:46:59.123Z+00G7",
                "2026-11-23T02:46:59.123456Z+0007",
                "2026-11-23T02:46:59Z+0007",
                "2026-13-23T02:46:59.123Z+0007",
                "1969-12-31T23:59:59.999Z+0000",
                "+6430-01-01T00:00:00.000Z+0000",
                "+999999999-01-01T00:00:00.000Z+0000",
                "2026-11-23T02:46:59.123+01:00+0007",
            })
    void whatIsNotAStampIsRefused(String text) {
        assertThatThrownBy(() -> HybridTimestamp.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("not a stamp");
    }

    @Test
    void thePartsFitTheirBits() {
        assertThat(HybridTimestamp.of(5, 65_535).next()).isEqualTo(HybridTimestamp.of(6, 0));
        assertThatThrownBy(() -> HybridTimestamp.of(0, 65_536))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HybridTimestamp.of(HybridTimestamp.MILLIS_MAX + 1, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new HybridTimestamp(-1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
