package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.FenceKvException;
import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LockBusyException;
import dev.fencekv.client.QueuePlace;
import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.WaiterInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli lock}. */
@Command(
        name = "lock",
        customSynopsis = {
            "kvcli lock NAME [--wait D | --try | --reclaim T] [--shared | --permits N]",
            "           [--ttl D] [--delay D] [--kill-after D] -- CMD...",
            "       kvcli lock inspect NAME",
            "       kvcli lock list",
            "       kvcli lock revoke NAME [--token T]"
        },
        description =
                "Runs a command while holding a lock, or looks at locks. The command finds the"
                        + " token in FENCE_TOKEN and the lock's name in FENCE_LOCK. If the lock is"
                        + " lost the command is stopped: SIGTERM, after --kill-after SIGKILL.",
        subcommands = {LockVerb.Inspect.class, LockVerb.ListAll.class, LockVerb.Revoke.class},
        footer = {
            "",
            "A lock that is called inspect, list or revoke is named after the two dashes:",
            "  kvcli lock -- inspect ./backup.sh",
            "",
            "Exit codes: the command's own; 126 or 127 if it cannot be run or found; 1 if the",
            "lock is busy; 5 if the lock was lost while the command ran.",
            "",
            "Examples:",
            "  kvcli lock nightly -- ./backup.sh",
            "  kvcli lock nightly --try -- ./backup.sh",
            "  kvcli lock nightly --reclaim 33 -- ./backup.sh --go-on",
            "  kvcli lock catalog --shared -- ./export.sh",
            "  kvcli lock builds --permits 3 -- ./build.sh",
            "  kvcli lock billing --wait 30s -- sh -c 'kvcli put acct/7 1 --fence billing:$FENCE_TOKEN'"
        })
final class LockVerb extends PlainVerb {
    private static final Duration SAYS_WHY_AFTER = Duration.ofSeconds(1);

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "The lock.")
    private @Nullable LockName name;

    @ArgGroup(exclusive = true)
    private @Nullable Patience patience;

    /** At most one of them. */
    static final class Patience {
        @Option(
                names = "--wait",
                paramLabel = "D",
                description = "Wait in the queue for so long at most. Default: 24h.")
        @Nullable Duration most;

        @Option(names = "--try", description = "Do not wait: exit code 1 if the lock is held.")
        boolean none;
    }

    @Option(
            names = "--delay",
            paramLabel = "D",
            defaultValue = "0s",
            description =
                    "Nobody is granted the lock for so long after it expired, for resources that"
                            + " cannot check tokens. Default: 0s.")
    private Duration delay = Duration.ZERO;

    @ArgGroup(exclusive = true)
    private @Nullable Sharing sharing;

    /** At most one of them. */
    static final class Sharing {
        @Option(names = "--shared", description = "As a reader: beside other readers.")
        boolean reader;

        @Option(
                names = "--permits",
                paramLabel = "N",
                description = "As a semaphore: beside up to N - 1 others.")
        int permits;
    }

    @Option(
            names = "--reclaim",
            paramLabel = "T",
            description =
                    "Go on with the work of the holder with token T: only if nobody was granted the"
                            + " lock since, else exit code 1. Does not wait.")
    private FencingToken reclaim = FencingToken.NONE;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "CMD",
            description = "What to run while the lock is held; after --.")
    private List<String> command = List.of();

    @Mixin private CommandOptions options = new CommandOptions();

    @Override
    public Integer call() throws Exception {
        if (name == null) {
            throw usage("say which lock: kvcli lock NAME -- CMD, or lock inspect, list, revoke");
        }
        if (command.isEmpty()) {
            throw usage("say what to run while the lock is held: kvcli lock " + name + " -- CMD");
        }
        if (!options.isSeparated()) {
            throw usage("put -- before the command: kvcli lock " + name + " -- " + command.get(0));
        }
        try (KvClient client = kvcli().connect(options.ttl())) {
            return hold(client, lock(client, name));
        }
    }

    private FencedLock lock(KvClient client, LockName wanted) {
        if (sharing == null) {
            return client.lock(wanted, delay);
        }
        if (!delay.isZero() || !reclaim.isNone()) {
            throw usage("--shared and --permits go without --delay and --reclaim");
        }
        return sharing.reader
                ? client.readWriteLock(wanted.value()).readLock()
                : client.semaphore(wanted.value(), sharing.permits).permit();
    }

    private int hold(KvClient client, FencedLock lock) throws InterruptedException {
        try (HeldCommand held =
                new HeldCommand(kvcli(), client, lock, lock::unlock, command, options)) {
            if (!acquire(lock)) {
                kvcli().complain(
                                "lock "
                                        + lock.name()
                                        + " is held by another owner. Use --wait to wait for it.");
                return ExitCode.NEGATIVE.number();
            }
            return held.run(lock.token());
        }
    }

    private boolean acquire(FencedLock lock) throws InterruptedException {
        if (!reclaim.isNone()) {
            try {
                lock.reclaim(reclaim);
                return true;
            } catch (LockBusyException e) {
                return false;
            }
        }
        if (patience != null && patience.none) {
            return lock.tryLock();
        }
        Duration most =
                patience == null || patience.most == null
                        ? Duration.ofMillis(Limits.LOCK_WAIT_MS_MAX)
                        : patience.most;
        CompletableFuture<FencingToken> token = lock.lockAsync(most);
        try {
            token.get(SAYS_WHY_AFTER.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            lock.placeAsync().thenAccept(place -> place.ifPresent(this::sayWhy));
        } catch (ExecutionException e) {
            // Told below.
        } catch (InterruptedException e) {
            token.cancel(false);
            throw e;
        }
        try {
            token.join();
            return true;
        } catch (CompletionException e) {
            if (e.getCause() instanceof LockBusyException) {
                return false;
            }
            if (e.getCause() instanceof FenceKvException refusal) {
                throw refusal;
            }
            throw e;
        }
    }

    /** Who waits for long wants to know for whom. */
    private void sayWhy(QueuePlace place) {
        kvcli().complain(
                        "waiting for lock "
                                + name
                                + ", "
                                + heldBy(place.holders())
                                + "; "
                                + place.ahead()
                                + " ahead in the queue");
    }

    private static String heldBy(List<HolderInfo> holders) {
        if (holders.isEmpty()) {
            return "closed by its lock-delay";
        }
        GrantInfo first = holders.get(0).grant();
        String who =
                first.label().value().isEmpty()
                        ? "session " + first.session()
                        : first.label().value();
        int others = holders.size() - 1;
        return "held by "
                + who
                + " with token "
                + first.token()
                + (others == 0 ? "" : " and " + others + (others == 1 ? " other" : " others"));
    }

    // --- looking at locks ----------------------------------------------------------------------

    @Command(
            name = "inspect",
            description = "Shows a lock's holder, queue and last ended grants.",
            footer = {"", "Example:", "  kvcli lock inspect nightly"})
    static final class Inspect extends Verb {
        @Parameters(index = "0", paramLabel = "NAME", description = "The lock.")
        private @Nullable LockName name;

        @Override
        ExitCode run(KvClient client) {
            LockName wanted = Check.present(name, "NAME");
            Optional<LockInfo> found = client.inspectLock(wanted);
            if (found.isEmpty()) {
                kvcli().complain("not found: lock " + wanted);
                return ExitCode.NEGATIVE;
            }
            LockInfo lock = found.get();
            Row row = row(lock);
            List<Row> queue = new ArrayList<>();
            for (WaiterInfo waiter : lock.queue()) {
                queue.add(waiting(queue.size() + 1, waiter));
            }
            List<Row> holders = client.listHolders(wanted).stream().map(Inspect::holding).toList();
            List<Row> ended = lock.ended().stream().map(Inspect::ended).toList();
            if (output().form() == Output.Form.JSON) {
                output().line(
                                row.rows("holders", holders)
                                        .rows("queue", queue)
                                        .rows("ended", ended)
                                        .json());
            } else {
                output().rows(List.of(row), "");
                if (output().form() == Output.Form.TABLE) {
                    output().line("");
                    output().rows(holders, "nobody holds it");
                    output().line("");
                    output().rows(queue, "nobody waits");
                    if (lock.waiters() > queue.size()) {
                        output().line("... and " + (lock.waiters() - queue.size()) + " more");
                    }
                    output().line("");
                    output().rows(ended, "no ended grants");
                }
            }
            return ExitCode.OK;
        }

        private static Row holding(HolderInfo holder) {
            return new Row()
                    .token("held_by_token", holder.grant().token())
                    .text("session", holder.grant().session().toString())
                    .text("label", holder.grant().label().value())
                    .flag("shared", holder.shared())
                    .number("permits", holder.permits());
        }

        private static Row waiting(int position, WaiterInfo waiter) {
            return new Row()
                    .number("position", position)
                    .text("waiting_session", waiter.session().toString())
                    .text("label", waiter.label().value())
                    .number("remaining_ms", waiter.remainingMs());
        }

        private static Row ended(EndedGrant grant) {
            return new Row()
                    .token("ended_token", grant.token())
                    .text("session", grant.session().toString())
                    .text("how", grant.how().name())
                    .number("revision", grant.revision())
                    .text("at", grant.at().toString());
        }
    }

    @Command(
            name = "list",
            description = "Lists all locks.",
            footer = {"", "Example:", "  kvcli lock list -o json"})
    static final class ListAll extends Verb {
        @Override
        ExitCode run(KvClient client) {
            output().rows(client.listLocks().stream().map(LockVerb::row).toList(), "no locks");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "revoke",
            description =
                    "Takes a lock away from its holder, whose token is refused from then on; exit"
                            + " code 1 if nobody holds it.",
            footer = {
                "",
                "Examples:",
                "  kvcli lock revoke nightly",
                "  kvcli lock revoke nightly --token 33"
            })
    static final class Revoke extends Verb {
        @Parameters(index = "0", paramLabel = "NAME", description = "The lock.")
        private @Nullable LockName name;

        @Option(
                names = "--token",
                paramLabel = "T",
                description = "Only if this is the live grant. Default: whichever is.")
        private FencingToken token = FencingToken.NONE;

        @Override
        ExitCode run(KvClient client) {
            LockName wanted = Check.present(name, "NAME");
            return Written.removal(
                    this,
                    client.revokeLock(wanted, token),
                    "revoked",
                    "nobody holds lock " + wanted + (token.isNone() ? "" : " by token " + token));
        }
    }

    private static Row row(LockInfo lock) {
        Optional<GrantInfo> grant = lock.grant();
        Row row =
                new Row()
                        .text("lock", lock.name().value())
                        .flag("held", grant.isPresent())
                        .token("token", grant.map(GrantInfo::token).orElse(FencingToken.NONE));
        if (grant.isPresent()) {
            row.text("holder", grant.get().label().value())
                    .text("session", grant.get().session().toString())
                    .text("since", grant.get().at().toString());
        } else {
            row.none("holder").none("session").none("since");
        }
        return row.token("newest_token", lock.newestToken())
                .number("waiting", lock.waiters())
                .number("delay_ms", lock.delayRemainingMs());
    }
}
