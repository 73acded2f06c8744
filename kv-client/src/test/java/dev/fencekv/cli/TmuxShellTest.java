package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * kvcli as a process in a real terminal, tmux's: driven by keystrokes, judged by the screen. {@link
 * ShellTest} has the details, on any machine.
 */
@Timeout(120)
class TmuxShellTest extends CliFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A server of each test's own: one that is ending takes no sessions. */
    private final String socket = "fencekv-test-" + UUID.randomUUID();

    @TempDir Path directory;

    @BeforeEach
    void needTmux() {
        boolean there =
                List.of("/usr/bin/tmux", "/usr/local/bin/tmux", "/opt/homebrew/bin/tmux").stream()
                        .anyMatch(path -> Files.isExecutable(Path.of(path)));
        assumeTrue(there, "TmuxShellTest is skipped: there is no tmux on this machine");
    }

    @AfterEach
    void endTmux() throws Exception {
        new ProcessBuilder("tmux", "-L", socket, "kill-server").start().waitFor();
    }

    private String tmux(String... words) {
        List<String> all = new ArrayList<>(List.of("tmux", "-L", socket, "-f", "/dev/null"));
        all.addAll(List.of(words));
        try {
            Process run = new ProcessBuilder(all).redirectErrorStream(true).start();
            String out = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(run.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(run.exitValue()).as(out).isZero();
            return out;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Starts kvcli under a shell of the system, so that what it leaves behind can be seen. */
    private void start(String environment, String words) {
        String java = ProcessHandle.current().info().command().orElseThrow();
        String kvcli =
                "env XDG_STATE_HOME=%s PAGER=cat %s %s -XX:TieredStopAtLevel=1 -cp '%s' dev.fencekv.cli.KvCli"
                                .formatted(
                                        directory,
                                        environment,
                                        java,
                                        System.getProperty("java.class.path"))
                        + " --endpoints "
                        + node.endpoint()
                        + " "
                        + words;
        Path script = directory.resolve("kvcli.sh");
        try {
            // Ctrl-C is for kvcli, not for what waits for it.
            Files.writeString(
                    script,
                    "trap : INT\n"
                            + kvcli
                            + "\necho \"left with $?\"\n"
                            + "stty -a | tr ' ' '\\n' | grep -x -e '-*icanon' -e '-*echo'\nexec cat\n");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        tmux("new-session", "-d", "-x", "100", "-y", "30", "exec sh " + script);
    }

    private void type(String... keys) {
        List<String> all = new ArrayList<>(List.of("send-keys"));
        all.addAll(List.of(keys));
        tmux(all.toArray(String[]::new));
    }

    private String screen() {
        return tmux("capture-pane", "-p").stripTrailing();
    }

    private void awaitScreen(String text) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(screen()).contains(text));
    }

    private void awaitLastLine(String text) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(screen().lines()).last().isEqualTo(text));
    }

    private String prompt() {
        return "kvcli " + node.endpoint() + ">";
    }

    /** From then on single keys reach kvcli; before, the terminal keeps a line back. */
    private void awaitPrompt() {
        awaitLastLine(prompt());
    }

    @Test
    void aSessionByKeystrokes() throws IOException {
        start("NO_COLOR=1", "");
        awaitScreen("TAB completes");
        type("Enter");
        awaitPrompt();
        type("pu", "Tab", "a 'two words'", "Enter");
        awaitScreen("OK revision 1");
        awaitPrompt();
        type("put b 'one", "Enter", "two'", "Enter");
        awaitScreen("OK revision 2");
        assertThat(store.value("b")).isEqualTo("one\ntwo");
        awaitPrompt();
        type("rejections --follow", "Enter");
        awaitScreen("new ones are shown as they come");
        type("C-c");
        awaitPrompt();
        type("get a", "Enter");
        awaitScreen("\ntwo words\n");
        awaitPrompt();
        type("half a line");
        awaitLastLine(prompt() + " half a line");
        type("C-c");
        awaitPrompt();
        type("Up");
        awaitLastLine(prompt() + " get a");
        type("C-c");
        awaitPrompt();
        type("clear", "Enter");
        awaitPrompt();
        assertThat(tmux("capture-pane", "-e", "-p")).doesNotContainPattern("\u001b\\[3[0-7]m");
        type("C-d");
        awaitScreen("left with 0");
        assertThat(Files.readString(directory.resolve("fencekv/kvcli_history")))
                .contains("put a 'two words'");
    }

    @Test
    void tabCompletesATransactionOnItsLines() {
        kvcli("put", "orders/17", "new");
        start("NO_COLOR=1", "");
        awaitScreen("TAB completes");
        type("txn", "Enter");
        awaitLastLine("  ...");
        type("if va", "Tab");
        awaitLastLine("  ... if value");
        type("or", "Tab");
        awaitLastLine("  ... if value orders/17");
        type("= new", "Enter");
        type("then put or", "Tab");
        awaitLastLine("  ... then put orders/17");
        type("paid", "Enter");
        awaitLastLine("  ...");
        type("en", "Tab", "Enter");
        awaitScreen("then, revision");
        assertThat(store.value("orders/17")).isEqualTo("paid");
    }

    @Test
    void coloursOnATerminalThatWantsThem() {
        start("", "");
        awaitScreen("TAB completes");
        type("get nobody", "Enter");
        awaitScreen("not found: nobody");
        assertThat(tmux("capture-pane", "-e", "-p"))
                .containsPattern("\u001b\\[31mkvcli: not found: nobody");
    }

    @Test
    void theDashboardFollowsTheSizeAndGivesTheTerminalBack() {
        start("", "dashboard --interval 200ms");
        awaitScreen("q leaves");
        assertThat(screen()).contains("leader " + node.endpoint()).contains("none lately");
        tmux("resize-window", "-x", "70", "-y", "15");
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(screen().lines())
                                        .hasSize(15)
                                        .last()
                                        .isEqualTo("q leaves"));
        type("q");
        awaitScreen("left with 0");
        assertThat(screen()).doesNotContain("q leaves").contains("\nicanon\necho");
        assertThat(tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}"))
                .startsWith("0 1");
    }

    @Test
    void aSignalGivesTheTerminalBackToo() {
        start("", "dashboard");
        awaitScreen("q leaves");
        type("C-c");
        awaitScreen("left with 0");
        assertThat(tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}"))
                .startsWith("0 1");
    }
}
