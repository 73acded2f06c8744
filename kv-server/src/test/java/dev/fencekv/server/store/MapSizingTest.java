package dev.fencekv.server.store;

import static dev.fencekv.server.store.Records.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.state.RecordCodec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MapSizingTest {
    @ParameterizedTest
    @ValueSource(longs = {1, MIB, 20 * MIB, 1000 * MIB, 64 * 1024 * MIB, 4L * 1024 * 1024 * MIB})
    void theFirstTiersHoldTheQuotaTwiceInBytesAndOnceInSmallestRecords(long quotaBytes) {
        MapSizing sizing = MapSizing.forQuota(quotaBytes);

        assertThat(sizing.segments() * sizing.chunksPerTier() * RecordCodec.CHUNK_BYTES)
                .isGreaterThanOrEqualTo(2 * quotaBytes);
        assertThat(
                        (sizing.entriesPerTier() + 1)
                                * sizing.segments()
                                * MapSizing.SMALLEST_RECORD_CHUNKS
                                * RecordCodec.CHUNK_BYTES)
                .isGreaterThanOrEqualTo(quotaBytes);
        assertThat(sizing.chunksPerTier())
                .isGreaterThanOrEqualTo(2L * MapSizing.LARGEST_RECORD_CHUNKS);
        assertThat(Integer.bitCount(sizing.segments())).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {64 * MIB, 1000 * MIB, 16 * 1024 * MIB})
    void tiersStaySmallSoThatAGapIsFoundSoon(long quotaBytes) {
        assertThat(MapSizing.forQuota(quotaBytes).chunksPerTier())
                .isLessThanOrEqualTo(4L * MapSizing.LARGEST_RECORD_CHUNKS);
    }
}
