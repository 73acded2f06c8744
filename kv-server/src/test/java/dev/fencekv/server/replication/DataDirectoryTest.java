package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.server.command.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    private static final String ADDRESS = "127.0.0.1:7401";
    private static final ClusterId CLUSTER = new ClusterId(0x0123456789abcdefL, -2);

    @TempDir Path home;

    private Path file() {
        return home.resolve("fencekv-node");
    }

    private void assertRefused(String... said) {
        assertThatThrownBy(() -> DataDirectory.open(home, ADDRESS).close())
                .isInstanceOf(StartRefusedException.class)
                .hasMessageContainingAll(said);
    }

    private NodeIdentity formed() throws IOException {
        try (DataDirectory made = DataDirectory.open(home, ADDRESS)) {
            made.remember(
                    CLUSTER,
                    9,
                    List.of(new Member(made.identity().nodeId(), ADDRESS, "127.0.0.1:7400")));
            Files.createFile(made.log().resolve("0000000000000001.segment"));
            Files.createFile(made.meta().resolve(DataDirectory.VOTES));
            return made.identity();
        }
    }

    @Test
    void aNodeKeepsItsIdentity() throws IOException {
        NodeIdentity identity = formed();
        assertThat(identity.cluster()).isEqualTo(CLUSTER);
        try (DataDirectory again = DataDirectory.open(home, ADDRESS)) {
            assertThat(again.identity()).isEqualTo(identity);
        }
    }

    /** A node that starts again applies what was long ago once more. */
    @Test
    void whatIsKnownOfTheMembersIsNotForgottenForOlderNews() throws IOException {
        NodeIdentity identity = formed();
        Member came = new Member(77, "127.0.0.1:7421", "127.0.0.1:7420");
        try (DataDirectory again = DataDirectory.open(home, ADDRESS)) {
            assertThat(again.remember(CLUSTER, 8, List.of(came))).isFalse();
            assertThat(again.identity()).isEqualTo(identity);
            assertThat(again.remember(CLUSTER, 9, identity.members())).isTrue();
            assertThat(again.remember(CLUSTER, 12, List.of(came))).isTrue();
        }
        try (DataDirectory again = DataDirectory.open(home, ADDRESS)) {
            assertThat(again.identity().members()).containsExactly(came);
            assertThat(again.remember(CLUSTER, 9, identity.members())).isFalse();
        }
    }

    @Test
    void anIdentityOfTheFormatBeforeIsRead() throws IOException {
        NodeIdentity identity = formed();
        String lines =
                Files.readString(file())
                        .replace("fencekv-node 3", "fencekv-node 2")
                        .replaceFirst("members-index .*\n", "")
                        .replaceFirst("crc32c .*\n", "");
        ChecksummedText.write(file(), lines);
        try (DataDirectory again = DataDirectory.open(home, ADDRESS)) {
            assertThat(again.identity().members()).isEqualTo(identity.members());
            assertThat(again.identity().membersIndex()).isZero();
        }
    }

    @Test
    void everyDirectoryGetsANodeIdOfItsOwn(@TempDir Path other) {
        try (DataDirectory one = DataDirectory.open(home, ADDRESS);
                DataDirectory two = DataDirectory.open(other, ADDRESS)) {
            assertThat(one.identity().nodeId()).isNotEqualTo(two.identity().nodeId());
        }
    }

    @Test
    void aStartThatWasCutShortIsTakenUpAgain() throws IOException {
        Files.createDirectories(home.resolve("log"));
        Files.createFile(home.resolve("fencekv-node.new"));
        DataDirectory.open(home, ADDRESS).close();
        assertThat(file()).exists();
    }

    @Test
    void aDirectoryOfSomethingElseIsLeftAlone() throws IOException {
        Files.createFile(home.resolve("thesis.txt"));
        assertRefused("thesis.txt", "not a directory of FenceKV");
    }

    @Test
    void aLogWithoutIdentityIsRefused() throws IOException {
        formed();
        Files.delete(file());
        assertRefused("fencekv-node is missing");
    }

    @Test
    void anIdentityWithoutItsLogIsRefused() throws IOException {
        formed();
        Files.delete(home.resolve("log").resolve("0000000000000001.segment"));
        assertRefused("log is empty", "must not vote");
        Files.delete(home.resolve("meta").resolve(DataDirectory.VOTES));
        Files.delete(home.resolve("meta"));
        assertRefused("meta is missing", "must not vote");
    }

    @Test
    void aCorruptIdentityIsRefusedByName() throws IOException {
        formed();
        String text = Files.readString(file());
        for (int i = 20; i < text.length(); i += 7) {
            char other = text.charAt(i) == '0' ? '1' : '0';
            Files.writeString(file(), text.substring(0, i) + other + text.substring(i + 1));
            assertRefused(file().toString(), "corrupt");
        }
        Files.writeString(file(), text.substring(0, text.length() / 2));
        assertRefused(file().toString(), "corrupt");
    }

    @Test
    void aNewerIdentityIsRefused() throws IOException {
        formed();
        Files.writeString(
                file(), Files.readString(file()).replace("fencekv-node 3", "fencekv-node 4"));
        assertRefused("format 4", "newer release");
    }

    @Test
    void aDirectoryWithALogOfRocksDbIsRefused() throws IOException {
        formed();
        Files.writeString(
                file(), Files.readString(file()).replace("fencekv-node 3", "fencekv-node 1"));
        assertRefused("format 1", "RocksDB", "empty directory");
    }

    @Test
    void aForeignFileIsRefused() throws IOException {
        Files.writeString(file(), "hello\n");
        assertRefused("not a node identity of FenceKV");
    }

    @Test
    void twoProcessesCannotShareADirectory() {
        DataDirectory first = DataDirectory.open(home, ADDRESS);
        try (first) {
            assertRefused("in use");
        }
        DataDirectory.open(home, ADDRESS).close();
    }
}
