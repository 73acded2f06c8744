package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LeaderElection;
import dev.fencekv.client.LockBusyException;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Value;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli elect}. */
@Command(
        name = "elect",
        customSynopsis = {
            "kvcli elect ELECTION [--proclaim TEXT] [--once] [--ttl D] [--kill-after D]",
            "            -- CMD..."
        },
        description = {
            "Runs a command on one of many machines: campaigns until it is elected, runs the"
                    + " command while it leads, and campaigns again when the lead was lost.",
            "",
            "The election is that of the Java client's LeaderElection: a lock election/NAME with a"
                    + " fair queue (kvcli lock inspect election/NAME shows who leads and who"
                    + " waits), and a record of that key, in which the leader says what the others"
                    + " need to know of it. The command finds the token in FENCE_TOKEN and the"
                    + " lock's name in FENCE_LOCK, and is stopped when the lead is lost: SIGTERM,"
                    + " after --kill-after SIGKILL. When it ends by itself, so does kvcli. A cluster"
                    + " that does not answer is asked again."
        },
        footer = {
            "",
            "Exit codes: the command's own; 126 or 127 if it cannot be run or found; with --once 5",
            "if the lead was lost.",
            "",
            "Examples:",
            "  kvcli elect scheduler -- ./scheduler.sh",
            "  kvcli elect scheduler --proclaim 10.0.0.7:8080 -- ./scheduler.sh",
            "  kvcli elect scheduler --once --ttl 4s -- ./scheduler.sh"
        })
final class ElectVerb extends PlainVerb {
    /** Between two campaigns that a silent cluster has ended. */
    private static final Duration REST = Duration.ofSeconds(1);

    @Parameters(index = "0", arity = "0..1", paramLabel = "ELECTION", description = "Its name.")
    private @Nullable String name;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "CMD",
            description = "What the elected one runs; after --.")
    private List<String> command = List.of();

    @Mixin private CommandOptions options = new CommandOptions();

    @Option(
            names = "--proclaim",
            paramLabel = "TEXT",
            description = "What observers see of the leader. Default: kvcli pid N.")
    private @Nullable String proclamation;

    @Option(names = "--once", description = "Do not campaign again when the lead was lost.")
    private boolean once;

    /** Whether it was said that campaigns come to nothing, and has been true since. */
    private boolean told;

    @Override
    public Integer call() throws InterruptedException {
        if (name == null || command.isEmpty() || !options.isSeparated()) {
            throw usage("say which election and what to run: kvcli elect ELECTION -- CMD");
        }
        try (KvClient client = kvcli().connect(options.ttl())) {
            while (true) {
                int code = campaignAndRun(client);
                if (code != ExitCode.LOCK_LOST.number() || once) {
                    return code;
                }
                kvcli().complain("campaigning again for " + name);
            }
        }
    }

    /** {@link ExitCode#LOCK_LOST} if the lead was lost; else what the command ended with. */
    private int campaignAndRun(KvClient client) throws InterruptedException {
        // A candidate of its own for each campaign: what was lost in one says nothing of the next.
        LeaderElection election = client.election(Check.present(name, "ELECTION"));
        try (HeldCommand held =
                new HeldCommand(
                        kvcli(),
                        client,
                        election.lock(),
                        () -> resign(election),
                        command,
                        options)) {
            FencingToken token = campaign(election);
            while (token.isNone()) {
                Thread.sleep(REST.toMillis());
                token = campaign(election);
            }
            kvcli().complain("elected: " + name + ", token " + token);
            int code = held.run(token);
            return held.isLost() ? ExitCode.LOCK_LOST.number() : code;
        }
    }

    /** {@link FencingToken#NONE} if it was not elected, and should try again. */
    private FencingToken campaign(LeaderElection election) throws InterruptedException {
        try {
            FencingToken token =
                    election.campaign(
                            Value.of(proclamation == null ? KvCli.label() : proclamation),
                            Duration.ofMillis(Limits.LOCK_WAIT_MS_MAX));
            told = false;
            return token;
        } catch (LockBusyException e) {
            return FencingToken.NONE; // The longest wait is over.
        } catch (FenceKvException e) {
            if (!isDeposed(election, e) && ExitCode.of(e) != ExitCode.UNAVAILABLE) {
                throw e;
            }
            if (!told) {
                kvcli().complain(e.getMessage() + ". Still campaigning.");
                told = true;
            }
            return FencingToken.NONE;
        }
    }

    /** Whether the lead was lost before it was proclaimed, and no guard of another lock refuses. */
    private static boolean isDeposed(LeaderElection election, FenceKvException failure) {
        return failure instanceof FencedException fenced
                && fenced.violations().stream()
                        .anyMatch(
                                violation ->
                                        violation.lock().equals(election.lock().name())
                                                && violation.reason()
                                                        != FenceReason.FENCE_REQUIRED);
    }

    private static boolean resign(LeaderElection election) {
        try {
            return election.resign();
        } catch (IllegalStateException e) {
            return false; // Deposed in this very moment.
        }
    }
}
