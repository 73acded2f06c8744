package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LockBusyException;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockName;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli elect}. */
@Command(
        name = "elect",
        customSynopsis = "kvcli elect NAME [--once] [--ttl D] [--kill-after D] -- CMD...",
        description = {
            "Runs a command on one of many machines: campaigns until it is elected, runs the"
                    + " command while it leads, and campaigns again when the lead was lost.",
            "",
            "The election is a lock of that name with a fair queue: kvcli lock inspect NAME shows"
                    + " who leads and who waits. The command finds the token in FENCE_TOKEN and the"
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
            "  kvcli elect scheduler --once --ttl 4s -- ./scheduler.sh"
        })
final class ElectVerb extends PlainVerb {
    private static final String END_OF_OPTIONS = "--";

    /** Between two campaigns that a silent cluster has ended. */
    private static final Duration REST = Duration.ofSeconds(1);

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "The election.")
    private @Nullable LockName name;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "CMD",
            description = "What the elected one runs; after --.")
    private List<String> command = List.of();

    @Option(names = "--once", description = "Do not campaign again when the lead was lost.")
    private boolean once;

    @Option(
            names = "--ttl",
            paramLabel = "D",
            defaultValue = "10s",
            description = "The lead is lost after so long without contact. Default: 10s.")
    private Duration ttl = Duration.ofSeconds(10);

    @Option(
            names = "--kill-after",
            paramLabel = "D",
            defaultValue = "5s",
            description = "From SIGTERM to SIGKILL. Default: 5s.")
    private Duration killAfter = Duration.ofSeconds(5);

    /** Whether the last campaign found nobody who answered. */
    private boolean silent;

    @Override
    public Integer call() throws InterruptedException {
        if (name == null || command.isEmpty() || !isSeparated()) {
            throw usage("say which election and what to run: kvcli elect NAME -- CMD");
        }
        try (KvClient client = kvcli().connect(ttl)) {
            while (true) {
                int code = campaignAndRun(client);
                if (code != ExitCode.LOCK_LOST.number() || once) {
                    return code;
                }
                kvcli().complain("campaigning again for " + name);
            }
        }
    }

    private boolean isSeparated() {
        return specification()
                .commandLine()
                .getParseResult()
                .originalArgs()
                .contains(END_OF_OPTIONS);
    }

    /** {@link ExitCode#LOCK_LOST} if the lead was lost; else what the command ended with. */
    private int campaignAndRun(KvClient client) throws InterruptedException {
        // An owner of its own for each campaign: a lock object that has lost stays lost.
        FencedLock lead = client.lock(Check.present(name, "NAME"), Duration.ZERO);
        try (HeldCommand held = new HeldCommand(kvcli(), client, lead, command, killAfter)) {
            while (!isElected(lead)) {
                Thread.sleep(REST.toMillis());
            }
            kvcli().complain("elected: " + name + ", token " + lead.token());
            int code = held.run();
            return held.isLost() ? ExitCode.LOCK_LOST.number() : code;
        }
    }

    private boolean isElected(FencedLock lead) throws InterruptedException {
        try {
            lead.lock(Duration.ofMillis(Limits.LOCK_WAIT_MS_MAX));
            silent = false;
            return true;
        } catch (LockBusyException e) {
            return false;
        } catch (FenceKvException e) {
            if (ExitCode.of(e) != ExitCode.UNAVAILABLE) {
                throw e;
            }
            if (!silent) {
                kvcli().complain(e.getMessage() + ". Still campaigning.");
                silent = true;
            }
            return false;
        }
    }
}
