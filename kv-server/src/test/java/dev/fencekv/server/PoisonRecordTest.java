package dev.fencekv.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoisonRecordTest {
    @Test
    void stopsInARowAreCountedUntilTheEntryIsApplied(@TempDir Path dir) throws IOException {
        PoisonRecord record = new PoisonRecord(dir);
        assertThat(record.stops()).isZero();
        record.add(41, "stopped at entry 42\nfor a reason of two lines");
        record.add(41, "stopped at entry 42");
        assertThat(new PoisonRecord(dir).stops()).isEqualTo(2);
        assertThat(new PoisonRecord(dir).appliedBefore()).isEqualTo(41);
        record.clear();
        assertThat(record.stops()).isZero();
    }
}
