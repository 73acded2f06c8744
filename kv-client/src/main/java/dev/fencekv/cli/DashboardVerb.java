package dev.fencekv.cli;

import dev.fencekv.cli.dashboard.ClusterReader;
import dev.fencekv.cli.dashboard.Dashboard;
import dev.fencekv.client.KvClient;
import java.io.IOException;
import java.time.Duration;
import org.jline.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kvcli dashboard}. */
@Command(
        name = "dashboard",
        description = {
            "Shows nodes, locks and rejections on the whole screen as they change, until q or"
                    + " Ctrl-C.",
            "",
            "phi: the leader's suspicion that a node is gone; clock ms: its wall clock minus the"
                    + " leader's; disk p99: 99 % of its log's syncs took no longer; writes/s:"
                    + " changes of the state since the picture before."
        },
        footer = {
            "",
            "Examples:",
            "  kvcli dashboard",
            "  kvcli dashboard --interval 5s",
            "  kvcli dashboard --once > now.txt"
        })
final class DashboardVerb extends Verb {
    private static final Duration INTERVAL_MIN = Duration.ofMillis(200);
    private static final Duration INTERVAL_MAX = Duration.ofMinutes(10);

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            defaultValue = "1s",
            description = "From one picture to the next, 200ms to 10m. Default: 1s.")
    private Duration interval = Duration.ofSeconds(1);

    @Option(
            names = "--once",
            description = "Print it once, without colours, after one interval; needs no terminal.")
    private boolean once;

    @Override
    ExitCode run(KvClient client) throws IOException, InterruptedException {
        if (interval.compareTo(INTERVAL_MIN) < 0 || interval.compareTo(INTERVAL_MAX) > 0) {
            throw usage("--interval wants 200ms to 10m");
        }
        ClusterReader cluster = new ClusterReader(client, kvcli().endpoints());
        if (once) {
            kvcli().streams().whole().accept(Dashboard.once(cluster, interval));
            return cluster.isAnswered() ? ExitCode.OK : ExitCode.UNAVAILABLE;
        }
        if (!kvcli().streams().isTerminal()) {
            throw usage("there is no terminal to draw on; print it with --once");
        }
        boolean coloured = kvcli().streams().outInk() == Ink.COLOURED;
        Terminal shared = kvcli().streams().terminal();
        if (shared != null) {
            new Dashboard(shared, cluster, interval, coloured).run();
        } else {
            try (Terminal own = ShellVerb.terminal()) {
                new Dashboard(own, cluster, interval, coloured).run();
            }
        }
        return ExitCode.OK;
    }
}
