package dev.fencekv.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.LogEntry;
import dev.fencekv.server.command.LogEntryCodec;
import dev.fencekv.server.store.HeapKvStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Logs and snapshots that earlier releases wrote, one pair for each feature level. They are never
 * written again: if a digest here changes, nodes of two releases would differ in one cluster.
 * {@code -Drecorded.write=true} writes those of a new level, and refuses to overwrite.
 */
class RecordedLogTest {
    private static final Path RECORDED = Path.of("src/test/resources/recorded");
    private static final HexFormat HEX = HexFormat.of();
    private static final int DIGEST_EVERY = 25;
    private static final int STEPS = 5000;

    /** Lines are {@code entry HEX} and, every so often, {@code digest HEX}. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aRecordedLogGivesItsRecordedDigests(int level) throws IOException {
        for (KvStore.Factory stores :
                List.<KvStore.Factory>of(HeapKvStore::open, TreeStore::open)) {
            try (KvStateMachine state = new KvStateMachine(stores)) {
                Set<Command.Kind> kinds = replay(state, level);
                assertThat(kinds).isEqualTo(kindsOf(level));
            }
        }
    }

    private static Set<Command.Kind> kindsOf(int level) {
        Set<Command.Kind> kinds = EnumSet.allOf(Command.Kind.class);
        if (level < KvStateMachine.FEATURE_LEVEL_MEMBERS) {
            kinds.removeAll(
                    EnumSet.of(
                            Command.Kind.PLACE_MEMBER,
                            Command.Kind.FORGET_MEMBER,
                            Command.Kind.INCREMENT,
                            Command.Kind.APPEND,
                            Command.Kind.TRANSACT,
                            Command.Kind.ADMIT,
                            Command.Kind.RECLAIM,
                            Command.Kind.ACQUIRE_SHARED,
                            Command.Kind.REMOVE_GATE));
        }
        return kinds;
    }

    private static Set<Command.Kind> replay(KvStateMachine state, int level) throws IOException {
        Set<Command.Kind> kinds = EnumSet.noneOf(Command.Kind.class);
        long index = 0;
        for (String line : Files.readAllLines(logOf(level))) {
            String[] words = line.split(" ");
            if (words[0].equals("digest")) {
                assertThat(HEX.toHexDigits(state.digest()))
                        .as("after %d", index)
                        .isEqualTo(words[1]);
                continue;
            }
            index++;
            byte[] bytes = HEX.parseHex(words[1]);
            LogEntry entry = LogEntryCodec.decode(ByteBuffer.wrap(bytes));
            assertThat(LogEntryCodec.encode(entry)).isEqualTo(bytes);
            apply(state, index, entry);
            entry.commands().forEach(command -> kinds.add(command.kind()));
        }
        return kinds;
    }

    private static void apply(KvStateMachine state, long index, LogEntry entry) {
        for (int ordinal = 0; ordinal < entry.commands().size(); ordinal++) {
            state.apply(index, ordinal, entry.proposed(), entry.commands().get(ordinal));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aRecordedSnapshotHoldsWhatItsLogGives(int level) throws IOException {
        byte[] recorded = HEX.parseHex(Files.readString(snapshotOf(level)).trim());
        try (KvStateMachine loaded = Snapshots.load(recorded, HeapKvStore::open);
                KvStateMachine replayed = new KvStateMachine(HeapKvStore::open)) {
            replay(replayed, level);
            assertThat(loaded.digest()).isEqualTo(replayed.digest());
            assertThat(Snapshots.items(recorded))
                    .isEqualTo(Snapshots.items(Snapshots.of(replayed)));
        }
    }

    private static Path logOf(int level) {
        return RECORDED.resolve("level-" + level + ".log.txt");
    }

    private static Path snapshotOf(int level) {
        return RECORDED.resolve("level-" + level + ".snapshot.txt");
    }

    @Test
    void theNewestLevelIsRecorded() throws IOException {
        int level = KvStateMachine.FEATURE_LEVEL_MAX;
        if (Boolean.getBoolean("recorded.write") && !Files.exists(logOf(level))) {
            record(level);
        }
        assertThat(logOf(level)).exists();
        assertThat(snapshotOf(level)).exists();
    }

    private static void record(int level) throws IOException {
        List<SimLog.Entry> entries = richHistory();
        List<String> lines = new ArrayList<>();
        try (KvStateMachine state = new KvStateMachine(HeapKvStore::open)) {
            for (int i = 0; i < entries.size(); i++) {
                byte[] bytes = entries.get(i).bytes();
                lines.add("entry " + HEX.formatHex(bytes));
                apply(state, i + 1, LogEntryCodec.decode(ByteBuffer.wrap(bytes)));
                if (i % DIGEST_EVERY == 0 || i == entries.size() - 1) {
                    lines.add("digest " + HEX.toHexDigits(state.digest()));
                }
            }
            Files.createDirectories(RECORDED);
            Files.write(logOf(level), lines);
            Files.writeString(snapshotOf(level), HEX.formatHex(Snapshots.of(state)) + "\n");
        }
    }

    /** The first simulation that has every kind of command in it. */
    private static List<SimLog.Entry> richHistory() {
        for (long seed = 1; ; seed++) {
            SimLog log = new Simulation(seed, TreeStore::open).run(STEPS);
            Set<String> kinds = new HashSet<>();
            log.met.keySet().forEach(met -> kinds.add(met.split(" ")[0]));
            if (kinds.size() == Command.Kind.values().length) {
                return log.entries;
            }
        }
    }
}
