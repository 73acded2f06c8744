package dev.fencekv.cli;

import static dev.fencekv.cli.MemoryTerminal.CTRL_C;
import static dev.fencekv.cli.MemoryTerminal.CTRL_D;
import static dev.fencekv.cli.MemoryTerminal.ENTER;
import static dev.fencekv.cli.MemoryTerminal.TAB;
import static dev.fencekv.cli.MemoryTerminal.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.cli.shell.Shell;
import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.wire.Opcode;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The shell by keystrokes and screen, on a terminal in memory. */
@Timeout(60)
class ShellTest extends CliFixture {
    private static final int COLUMNS = 100;
    private static final int ROWS = 24;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Before each line of a block but the first. */
    private static final String MORE = "  ... ";

    /** What changes the colour of letters or of what is behind them. */
    private static final String COLOUR =
            "\u001b\\[([0-9;]*;)?([34][0-8]|9[0-7]|10[0-7])(;[0-9;]*)?m";

    @TempDir Path directory;

    private final MemoryTerminal terminal = new MemoryTerminal(COLUMNS, ROWS);
    private KvClient client;
    private CompletableFuture<Void> left;

    @BeforeEach
    void connect() {
        client =
                FenceKv.builder()
                        .endpoints(node.endpoint())
                        .requestTimeout(Duration.ofSeconds(10))
                        .build();
    }

    @AfterEach
    void leave() {
        terminal.close();
        client.close();
    }

    private Path historyFile() {
        return directory.resolve("state/fencekv/kvcli_history");
    }

    private void startShell() {
        startShell(Ink.PLAIN, Optional.of("cat"));
    }

    private void startShell(Ink ink, Optional<String> pager) {
        startShell(ink, pager, PATIENCE);
        terminal.awaitLastLine(prompt());
    }

    private void startShell(Ink ink, Optional<String> pager, Duration patience) {
        PrintStream out =
                new PrintStream(terminal.terminal().output(), true, StandardCharsets.UTF_8);
        Consumer<List<String>> unused = lines -> {};
        KvCli kvcli =
                new KvCli(
                        new Streams(
                                InputStream.nullInputStream(),
                                out,
                                out,
                                true,
                                ink,
                                ink,
                                unused,
                                null));
        kvcli.line().parseArgs("--endpoints", node.endpoint());
        Shell shell =
                ShellVerb.shell(
                        kvcli,
                        kvcli.keep(client),
                        terminal.terminal(),
                        Optional.of(historyFile()),
                        pager,
                        patience);
        left = CompletableFuture.runAsync(shell::run);
    }

    private String prompt() {
        return "kvcli " + node.endpoint() + "> ";
    }

    /** Types keys, and waits until they have led to another prompt. */
    private void typeToPrompt(String keys) {
        int before = prompts();
        terminal.type(keys);
        eventually(() -> prompts() > before);
        terminal.awaitLastLine(prompt());
    }

    /** So often a line was asked for: the editor turns bracketed paste on each time. */
    private int prompts() {
        return terminal.written().split("\u001b\\[\\?2004h", -1).length - 1;
    }

    private void enter(String line) {
        typeToPrompt(line + ENTER);
    }

    private List<String> history() throws IOException {
        return Files.readAllLines(historyFile());
    }

    @Test
    void verbsRunInOneSession() {
        startShell();
        enter("put a hello");
        assertThat(terminal.screen()).contains("OK revision 1");
        enter("put b 'two words'");
        enter("get b");
        assertThat(terminal.screen()).contains("\ntwo words\n");
        assertThat(store.liveSessions()).isEqualTo(1);
        assertThat(node.received(Opcode.OPEN_SESSION)).hasSize(1);
    }

    @Test
    void tabCompletesVerbsOptionsAndTheirValues() {
        startShell();
        terminal.type("gua" + TAB);
        terminal.awaitLastLine(prompt() + "guard");
        terminal.type("s" + TAB);
        terminal.awaitLastLine(prompt() + "guard set");
        terminal.type("acct/ --mo" + TAB);
        terminal.awaitLastLine(prompt() + "guard set acct/ --mode");
        terminal.type("ob" + TAB);
        terminal.awaitLastLine(prompt() + "guard set acct/ --mode observe");
    }

    @Test
    void tabCompletesWhatOnlyTheClusterKnows() {
        store.grantToStranger("billing");
        startShell();
        terminal.type("lock inspect bi" + TAB);
        terminal.awaitLastLine(prompt() + "lock inspect billing");
        typeToPrompt(CTRL_C);
        terminal.type("put a 1 --fence bi" + TAB);
        terminal.awaitLastLine(prompt() + "put a 1 --fence billing:33");
    }

    @Test
    void tabCompletesKeysByPrefix() {
        kvcli("put", "orders/17", "x");
        kvcli("put", "orders/two words", "y");
        kvcli("put", "people/1", "z");
        startShell();
        terminal.type("get peo" + TAB);
        terminal.awaitLastLine(prompt() + "get people/1");
        typeToPrompt(CTRL_C);
        terminal.type("get or" + TAB);
        terminal.awaitLastLine(prompt() + "get orders/");
        terminal.type("tw" + TAB);
        terminal.awaitLastLine(prompt() + "get orders/two\\ words");
        typeToPrompt(ENTER);
        assertThat(terminal.screen()).contains("\ny\n");
    }

    @Test
    void tabCompletesTheLinesOfATransaction() {
        kvcli("put", "stock/two words", "7");
        store.grantToStranger("billing");
        startShell();
        terminal.type("txn" + ENTER);
        terminal.awaitLastLine(MORE);
        terminal.type("i" + TAB + "va" + TAB + "st" + TAB + "= 7" + ENTER);
        terminal.awaitScreen(MORE + "if value \"stock/two words\" = 7");
        terminal.type("th" + TAB + "pu" + TAB + "st" + TAB + "6 ep" + TAB + "pr" + TAB);
        terminal.awaitLastLine(MORE + "then put \"stock/two words\" 6 ephemeral prev");
        terminal.type(ENTER + "el" + TAB + "ac" + TAB + "bil" + TAB);
        terminal.awaitLastLine(MORE + "else acquire billing");
        terminal.type(ENTER);
        typeToPrompt("en" + TAB + ENTER);
        assertThat(terminal.screen()).contains("then, revision");
        assertThat(store.value("stock/two words")).isEqualTo("6");
    }

    @Test
    void tabInATransactionShowsWhatThereIs() {
        startShell();
        terminal.type("txn" + ENTER + "then " + TAB);
        terminal.awaitScreen("delete-range");
        assertThat(terminal.screen()).contains("acquire").doesNotContain("guard");
    }

    @Test
    void tabCompletesElections() {
        store.grantToStranger("election/scheduler");
        startShell();
        terminal.type("elect sch" + TAB);
        terminal.awaitLastLine(prompt() + "elect scheduler");
    }

    @Test
    void tabShowsWhatThereIs() {
        startShell();
        terminal.type("member " + TAB);
        terminal.awaitScreen("transfer");
        assertThat(terminal.screen())
                .contains("list")
                .contains("remove")
                .contains("Lists all members");
    }

    @Test
    void failuresDoNotEndIt() {
        startShell();
        enter("get nobody");
        assertThat(terminal.screen()).contains("kvcli: not found: nobody");
        enter("nonsense");
        assertThat(terminal.screen()).contains("there is no verb or option nonsense");
        enter("get");
        assertThat(terminal.screen()).contains("Missing required parameter");
        enter("shell");
        assertThat(terminal.screen()).contains("this is a shell already");
        enter("put a 1");
        assertThat(store.value("a")).isEqualTo("1");
    }

    @Test
    void ctrlCDropsTheLineAndCtrlDLeaves() throws Exception {
        startShell();
        terminal.type("put a 1");
        terminal.awaitLastLine(prompt() + "put a 1");
        typeToPrompt(CTRL_C);
        assertThat(store.value("a")).isEmpty();
        terminal.type(CTRL_D);
        left.get(20, TimeUnit.SECONDS);
    }

    @Test
    void exitLeaves() throws Exception {
        startShell();
        terminal.type("exit" + ENTER);
        left.get(20, TimeUnit.SECONDS);
    }

    @Test
    void ctrlCStopsWhatRunsAndTheShellGoesOn() {
        startShell();
        terminal.type("rejections --follow" + ENTER);
        terminal.awaitScreen("new ones are shown as they come");
        typeToPrompt(CTRL_C);
        enter("put a 1");
        assertThat(store.value("a")).isEqualTo("1");
        assertThat(left).isNotDone();
    }

    @Test
    void ctrlCStopsACommandUnderALockAndGivesTheLockBack() {
        startShell();
        Path began = directory.resolve("began");
        terminal.type("lock L -- /bin/sh -c 'touch " + began + "; exec sleep 60'" + ENTER);
        eventually(() -> Files.exists(began));
        typeToPrompt(CTRL_C);
        assertThat(store.holder("L").isNone()).isTrue();
    }

    @Test
    void aQuoteThatIsOpenGoesOnOnTheNextLine() {
        startShell();
        terminal.type("put a 'one" + ENTER);
        terminal.awaitScreen("...");
        typeToPrompt("two'" + ENTER);
        assertThat(store.value("a")).isEqualTo("one\ntwo");
    }

    @Test
    void aValueMayBeTypedAndIsNotKept() throws IOException {
        startShell();
        terminal.type("put a -" + ENTER);
        eventually(() -> prompts() == 2);
        terminal.type("one" + ENTER);
        eventually(() -> prompts() == 3);
        terminal.type("two" + ENTER);
        eventually(() -> prompts() == 4);
        typeToPrompt(CTRL_D);
        assertThat(store.value("a")).isEqualTo("one\ntwo\n");
        assertThat(history()).containsExactly("put a -");
    }

    @Test
    void whatWasTypedComesBackExceptForSecrets() throws IOException {
        startShell();
        enter("put a 1");
        enter("put users/7/password hunter2");
        enter(" put b 2");
        terminal.type(UP);
        terminal.awaitLastLine(prompt() + "put a 1");
        terminal.type(CTRL_C);
        assertThat(history()).containsExactly("put a 1");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(historyFile())))
                .isEqualTo("rw-------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(historyFile().getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void theHistoryOutlivesTheShell() throws Exception {
        Files.createDirectories(historyFile().getParent());
        Files.writeString(historyFile(), "get long-ago\n");
        startShell();
        terminal.type(UP);
        terminal.awaitLastLine(prompt() + "get long-ago");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(historyFile())))
                .isEqualTo("rw-------");
    }

    @Test
    void coloursAreShownOnlyIfWanted() {
        startShell(Ink.PLAIN, Optional.of("cat"));
        enter("get nobody");
        enter("status");
        terminal.type("guard " + TAB);
        terminal.awaitScreen("Removes the guard");
        assertThat(terminal.written()).doesNotContainPattern(COLOUR);
    }

    @Test
    void refusalsAreRedAndHeadingsStrong() {
        startShell(Ink.COLOURED, Optional.of("cat"));
        enter("get nobody");
        enter("status");
        assertThat(terminal.written())
                .contains("\u001b[31mkvcli: not found: nobody")
                .contains("\u001b[1mNODE ");
    }

    @Test
    void longTextIsShownPageByPage() {
        startShell(Ink.PLAIN, Optional.empty());
        terminal.type("help lock" + ENTER);
        terminal.awaitScreen("Usage:");
        typeToPrompt("q");
        enter("put a 1");
        assertThat(store.value("a")).isEqualTo("1");
    }

    @Test
    void thePagerOfTheUserIsUsed() throws IOException {
        Path seen = directory.resolve("seen");
        startShell(Ink.PLAIN, Optional.of("cat > " + seen));
        enter("help lock");
        assertThat(Files.readString(seen)).contains("Usage:").contains("Examples:");
        enter("get nobody");
        assertThat(terminal.screen()).contains("not found: nobody");
    }

    @Test
    void thePromptSaysThatNobodyAnswers() {
        node.close();
        startShell(Ink.PLAIN, Optional.of("cat"), Duration.ofMillis(1));
        terminal.awaitLastLine("kvcli no answer> ");
    }

    @Test
    void theDashboardIsLeftByQAndTheShellGoesOn() {
        startShell();
        terminal.type("dashboard" + ENTER);
        terminal.awaitScreen("q leaves");
        typeToPrompt("q");
        enter("put a 1");
        assertThat(store.value("a")).isEqualTo("1");
    }

    // --- without a terminal --------------------------------------------------------------------

    @Test
    void linesOfStdinRunInOneSessionUpToTheFirstThatFails() {
        byte[] lines =
                "# numbers\nput a 1\n\nput b 2\nget nobody\nput c 3\n"
                        .getBytes(StandardCharsets.UTF_8);
        Ran ran = kvcliReading(lines, "shell");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("not found: nobody").contains("stopped at line 5");
        assertThat(store.value("b")).isEqualTo("2");
        assertThat(store.value("c")).isEmpty();
        assertThat(node.received(Opcode.OPEN_SESSION)).hasSize(1);
        assertThat(store.liveSessions()).isZero();
    }
}
