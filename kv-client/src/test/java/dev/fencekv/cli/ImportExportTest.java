package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.client.FakeNode;
import dev.fencekv.client.FakeStore;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Opcode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ImportExportTest extends CliFixture {
    @TempDir Path directory;

    private Ran importing(String lines, String... options) {
        List<String> words = new ArrayList<>(List.of("import"));
        words.addAll(List.of(options));
        return kvcliReading(lines.getBytes(StandardCharsets.UTF_8), words.toArray(String[]::new));
    }

    @Test
    void whatIsExportedIsImportedElsewhere() throws IOException {
        kvcli("put", "a", "one \"quoted\"\nline");
        kvcli("put", "ключ", "значение ✓ 🙂");
        kvcliReading(new byte[] {(byte) 0xff, 0, 1}, "put", "bytes", "-");
        kvcli("put", "other", "");
        Ran export = kvcli("export");
        assertThat(export.code()).isZero();
        assertThat(export.err()).isEqualTo("kvcli: exported 4 keys\n");
        assertThat(export.out()).hasLineCount(4).contains("\"encoding\":\"base64\"");
        Path file = Files.writeString(directory.resolve("all.jsonl"), export.out());

        FakeStore second = new FakeStore();
        try (FakeNode elsewhere = FakeNode.start(second)) {
            List<String> there = List.of("--endpoints", elsewhere.endpoint());
            List<String> words = new ArrayList<>(there);
            words.addAll(List.of("import", file.toString()));
            Ran run = runAlone(new byte[0], words);
            assertThat(run.out()).isEqualTo("OK written 4, left alone 0\n");
            assertThat(second.value("a")).isEqualTo("one \"quoted\"\nline");
            assertThat(second.value("ключ")).isEqualTo("значение ✓ 🙂");
            List<String> get = new ArrayList<>(there);
            get.addAll(List.of("get", "bytes", "-o", "raw"));
            assertThat(runAlone(new byte[0], get).bytes()).containsExactly(0xff, 0, 1);
        }
    }

    @Test
    void aPrefixIsExported() {
        kvcli("put", "config/a", "1");
        kvcli("put", "other", "2");
        assertThat(kvcli("export", "--prefix", "config/").out())
                .isEqualTo("{\"key\":\"config/a\",\"value\":\"1\",\"modify_revision\":1}\n");
    }

    @Test
    void ifAbsentLeavesAloneWhatIsThere() {
        kvcli("put", "a", "mine");
        String lines =
                "{\"key\":\"a\",\"value\":\"theirs\"}\n\n{\"key\":\"b\",\"value\":\"new\"}\n";
        assertThat(importing(lines, "--if-absent").out()).isEqualTo("OK written 1, left alone 1\n");
        assertThat(importing(lines, "--if-absent").out()).isEqualTo("OK written 0, left alone 2\n");
        assertThat(store.value("a")).isEqualTo("mine");
        assertThat(importing(lines, "-o", "json").out())
                .isEqualTo("{\"written\":2,\"left_alone\":0}\n");
        assertThat(store.value("a")).isEqualTo("theirs");
    }

    @Test
    void aKeyThatIsThereTwiceEndsAsItsLastLineSays() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            lines.append("{\"key\":\"k")
                    .append(i % 7)
                    .append("\",\"value\":\"")
                    .append(i)
                    .append("\"}\n");
        }
        assertThat(importing(lines.toString()).out()).startsWith("OK written 500");
        assertThat(store.value("k0")).isEqualTo("497");
        assertThat(store.value("k6")).isEqualTo("496");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "{\"key\":\"b\"}",
                "{\"key\":\"b\",\"value\":1}",
                "{\"key\":\"b\",\"value\":\"x\"",
                "{\"key\":\"b\",\"value\":\"x\"} more",
                "{\"key\":\"\",\"value\":\"x\"}",
                "{\"key\":\"b\",\"value\":\"\\ud800\"}",
                "{\"key\":\"b\",\"value\":\"x\",\"encoding\":\"hex\"}",
                "{\"key\":\"b\",\"value\":\"%\",\"encoding\":\"base64\"}",
                "{\"key\":\"b\",\"key\":\"c\",\"value\":\"x\"}"
            })
    void aLineThatIsWrongStopsItAndIsNamed(String wrong) {
        Ran ran =
                importing(
                        "{\"key\":\"a\",\"value\":\"1\"}\n"
                                + wrong
                                + "\n{\"key\":\"c\",\"value\":\"3\"}\n");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).startsWith("kvcli: line 2: ").contains("Written so far: 1");
        assertThat(store.value("a")).isEqualTo("1");
        assertThat(store.value("c")).isEmpty();
    }

    @Test
    void aWriteThatIsRefusedStopsItAndIsNamed() {
        node.next(Opcode.PUT, node::answer)
                .next(Opcode.PUT, ask -> ask.reply(Status.QUOTA_EXCEEDED));
        Ran ran = importing("{\"key\":\"a\",\"value\":\"1\"}\n{\"key\":\"b\",\"value\":\"2\"}\n");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).startsWith("kvcli: line 2: ").contains("Written so far: 1");
    }

    @Test
    void aFileThatIsNotThereIsSaid() {
        Ran ran = kvcli("import", directory.resolve("nothing").toString());
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("nothing");
    }
}
