package dev.fencekv.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.command.Command;
import dev.fencekv.server.replication.FakeReplicator;
import dev.fencekv.server.replication.PoisonedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoisonRecordTest {
    @TempDir Path dir;

    private final FakeReplicator node = new FakeReplicator(ended -> {});
    private PoisonRecord record;

    @BeforeEach
    void open() {
        record = new PoisonRecord(dir);
    }

    @AfterEach
    void close() {
        node.close();
    }

    private void stopAt(long index, int ordinal) throws IOException {
        try (FakeReplicator stopping = new FakeReplicator(ended -> {})) {
            PoisonedException stop =
                    stopping.applied()
                            .poison(index, ordinal, new IllegalStateException("two\nlines"));
            record.add(stop);
        }
    }

    private void applyOne() {
        node.apply(new Command.Tick(0, List.of()));
    }

    @Test
    void stopsInARowAreCounted() throws IOException {
        assertThat(record.stops()).isZero();
        stopAt(42, 3);
        stopAt(42, 3);
        assertThat(new PoisonRecord(dir).stops()).isEqualTo(2);
        assertThat(Files.readAllLines(record.file()))
                .hasSize(2)
                .allMatch(line -> line.startsWith("entry 42 command 3: stopped at entry 42"));
    }

    @Test
    void stopsAreForgivenOnceTheEntryIsApplied() throws IOException {
        stopAt(3, 0);
        record.clearOnceApplied(node.applied().index());
        applyOne();
        assertThat(record.stops()).isEqualTo(1);
        applyOne();
        assertThat(record.stops()).isZero();
        assertThat(record.file()).doesNotExist();
    }

    @Test
    void aStopAtALaterEntryIsNotForgivenWithTheEarlierOne() throws IOException {
        stopAt(2, 0);
        record.clearOnceApplied(node.applied().index());
        stopAt(3, 0);
        applyOne();
        assertThat(record.stops()).isEqualTo(2);
    }

    @Test
    void stopsAreForgivenIfTheEntryWasAppliedWhileStarting() throws IOException {
        stopAt(2, 0);
        applyOne();
        record.clearOnceApplied(node.applied().index());
        assertThat(record.stops()).isZero();
    }

    @Test
    void aNodeThatStopsBeforeTheEntryAgainIsNotForgiven() throws IOException {
        stopAt(3, 0);
        record.clearOnceApplied(node.applied().index());
        applyOne();
        node.poison();
        assertThat(record.stops()).isEqualTo(1);
    }

    @Test
    void linesOfOthersDoNotCount() throws IOException {
        stopAt(7, 0);
        Files.writeString(record.file(), "entry 7 comm", StandardOpenOption.APPEND);
        assertThat(record.stops()).isEqualTo(1);
    }
}
