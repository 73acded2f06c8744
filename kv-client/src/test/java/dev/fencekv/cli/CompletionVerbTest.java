package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scripts that {@code kvcli completion} prints, run by the shells they are for. */
@Timeout(60)
class CompletionVerbTest extends CliFixture {
    @TempDir Path directory;

    /** What {@code shell} offers for the last of {@code words}; empty words are what TAB sees. */
    private List<String> offered(String shell, String dialect, List<String> words)
            throws IOException, InterruptedException {
        Path script =
                Files.writeString(
                        directory.resolve("kvcli." + dialect), kvcli("completion", dialect).out());
        // Outside of a completion bash refuses the built-in.
        StringBuilder program = new StringBuilder("compopt() { :; }\nsource " + script + "\n");
        program.append("COMP_WORDS=(");
        words.forEach(word -> program.append('\'').append(word).append("' "));
        program.append(")\nCOMP_CWORD=").append(words.size() - 1);
        program.append("\n_complete_kvcli\n");
        program.append("for each in \"${COMPREPLY[@]}\"; do echo \"$each\"; done\n");
        Path asked = Files.writeString(directory.resolve("asked"), program);
        Process run = new ProcessBuilder(shell, asked.toString()).redirectErrorStream(true).start();
        String out = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(run.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return out.lines().map(String::strip).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "kvcli pu, put",
        "kvcli guard s, set",
        "kvcli guard set --mo, --mode",
        "kvcli guard set a --lock L --mode o, observe",
        "kvcli get -o j, json",
        "kvcli rejections --fol, --follow",
        "kvcli completion z, zsh"
    })
    void bashCompletesVerbsOptionsAndValues(String line, String wanted) throws Exception {
        assertThat(offered("bash", "bash", List.of(line.split(" ")))).containsExactly(wanted);
    }

    @Test
    void bashOffersAllVerbsForNothing() throws Exception {
        assertThat(offered("bash", "bash", List.of("kvcli", "")))
                .contains("put", "get", "lock", "member", "completion");
    }

    @Test
    void zshReadsItsScript() throws Exception {
        assumeTrue(
                List.of("/bin/zsh", "/usr/bin/zsh").stream()
                        .anyMatch(at -> Files.exists(Path.of(at))),
                "zshReadsItsScript is skipped: there is no zsh on this machine");
        Path script =
                Files.writeString(directory.resolve("_kvcli"), kvcli("completion", "zsh").out());
        Process run =
                new ProcessBuilder(
                                "zsh",
                                "-f",
                                "-c",
                                "autoload -Uz compinit; compinit -u -d "
                                        + directory.resolve("dump")
                                        + "; source "
                                        + script
                                        + "; print -r -- ${_comps[kvcli]}")
                        .redirectErrorStream(true)
                        .start();
        String out = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(run.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(out).contains("_complete_kvcli");
    }
}
