package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.cli.dashboard.ClusterReader;
import dev.fencekv.cli.dashboard.Dashboard;
import dev.fencekv.client.FakeNode;
import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Attributes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dashboard on a terminal in memory, and as text. */
@Timeout(60)
class DashboardVerbTest extends CliFixture {
    private static final Duration INTERVAL = Duration.ofMillis(200);
    private static final String ALTERNATE_SCREEN_LEFT = "\u001b[?1049l";

    private final MemoryTerminal terminal = new MemoryTerminal(100, 30);
    private final KvClient client = FenceKv.connect(node.endpoint());

    @AfterEach
    void closeAll() {
        client.close();
        terminal.close();
    }

    private CompletableFuture<Void> start(boolean coloured) {
        Dashboard dashboard =
                new Dashboard(
                        terminal.terminal(),
                        new ClusterReader(client, List.of(node.endpoint())),
                        INTERVAL,
                        coloured);
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        dashboard.run();
                    } catch (Exception e) {
                        e.printStackTrace();
                        throw new IllegalStateException(e);
                    }
                });
    }

    @Test
    void nodesLocksAndRejectionsAreShownAsTheyChange() throws Exception {
        try (FakeNode second = FakeNode.start(store)) {
            CompletableFuture<Void> run = start(true);
            terminal.awaitScreen("leader " + node.endpoint() + ", term 7");
            terminal.awaitScreen(second.endpoint() + "       follower");
            String stale = store.grantToStranger("billing").toString();
            terminal.awaitScreen("billing");
            store.grantToStranger("billing");
            kvcli("put", "acct/7", "1", "--fence", "billing:" + stale);
            terminal.awaitScreen("SUPERSEDED");
            assertThat(terminal.screen()).contains("acct/7").endsWith("q leaves");
            terminal.type("q");
            run.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aSilentNodeIsShownAsSilent() throws Exception {
        FakeNode second = FakeNode.start(store);
        CompletableFuture<Void> run = start(false);
        terminal.awaitScreen(second.endpoint() + "       follower");
        second.close();
        terminal.awaitScreen(second.endpoint() + "       silent");
        terminal.type("q");
        run.get(20, TimeUnit.SECONDS);
    }

    @Test
    void theTerminalIsAsBeforeHoweverItEnds() throws Exception {
        for (String end : List.of("q", MemoryTerminal.CTRL_C, MemoryTerminal.CTRL_D)) {
            Attributes before = terminal.terminal().getAttributes();
            CompletableFuture<Void> run = start(false);
            terminal.awaitScreen("q leaves");
            terminal.type(end);
            run.get(20, TimeUnit.SECONDS);
            assertThat(terminal.terminal().getAttributes()).hasToString(before.toString());
            assertThat(terminal.written()).contains(ALTERNATE_SCREEN_LEFT);
            assertThat(terminal.written().lastIndexOf("\u001b[?1049h"))
                    .isLessThan(terminal.written().lastIndexOf(ALTERNATE_SCREEN_LEFT));
        }
    }

    @Test
    void itFitsTheTerminalAlsoAfterThatChanged() throws Exception {
        CompletableFuture<Void> run = start(false);
        terminal.awaitScreen("q leaves");
        terminal.resize(60, 12);
        terminal.awaitScreen("q leaves");
        eventually(() -> terminal.screen().lines().count() == 12);
        assertThat(terminal.screen()).contains("NODE").endsWith("q leaves");
        terminal.type("q");
        run.get(20, TimeUnit.SECONDS);
    }

    @Test
    void onceIsTextWithoutATerminal() {
        store.grantToStranger("billing");
        Ran ran = kvcli("dashboard", "--once", "--interval", "200ms");
        assertThat(ran.code()).isZero();
        assertThat(ran.out())
                .contains("leader " + node.endpoint())
                .contains("writes/s 0.0")
                .contains("billing")
                .contains("none lately")
                .doesNotContain("\u001b");
    }

    @Test
    void withoutATerminalOnceIsRecommended() {
        Ran ran = kvcli("dashboard");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("--once");
    }

    @Test
    void nobodyThereIsUnavailable() {
        node.close();
        Ran ran = kvcli("--timeout", "300ms", "dashboard", "--once", "--interval", "200ms");
        assertThat(ran.code()).isEqualTo(3);
        assertThat(ran.out()).contains("no node answers");
    }
}
