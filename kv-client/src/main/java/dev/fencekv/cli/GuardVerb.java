package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.ConditionFailedException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli guard}. */
@Command(
        name = "guard",
        description = "Rules that key prefixes may be written only with a lock's token.",
        synopsisSubcommandLabel = "(set | remove | list)",
        subcommands = {GuardVerb.Set.class, GuardVerb.Remove.class, GuardVerb.ListAll.class},
        footer = {
            "",
            "Examples:",
            "  kvcli guard set acct/ --lock billing --mode observe",
            "  kvcli guard list"
        })
final class GuardVerb extends VerbGroup {
    @Command(
            name = "set",
            description = "Sets the guard of a prefix, replacing the one it has.",
            footer = {
                "",
                "Examples:",
                "  kvcli guard set acct/ --lock billing --mode observe",
                "  kvcli guard set acct/ --lock billing --rule monotone"
            })
    static final class Set extends Verb {
        @Parameters(index = "0", paramLabel = "PREFIX", description = "The keys it guards.")
        private @Nullable Key prefix;

        @Option(
                names = "--lock",
                required = true,
                paramLabel = "L",
                description = "The lock whose token writes must show.")
        private @Nullable LockName lock;

        @Option(
                names = "--rule",
                paramLabel = "RULE",
                defaultValue = "strict",
                description =
                        "strict (default): the live grant; monotone: the newest grant, also after"
                                + " it ended, unless revoked.")
        private GuardRule rule = GuardRule.STRICT;

        @Option(
                names = "--mode",
                paramLabel = "MODE",
                defaultValue = "enforce",
                description =
                        "enforce (default): rejects; observe: only counts and records what it would"
                                + " reject.")
        private GuardMode mode = GuardMode.ENFORCE;

        @Option(
                names = "--force",
                description = "Enforce although nobody ever had the lock alone: every write fails.")
        private boolean force;

        @Override
        ExitCode run(KvClient client) {
            Guard guard =
                    new Guard(
                            Check.present(prefix, "PREFIX"),
                            Check.present(lock, "--lock"),
                            rule,
                            mode);
            try {
                WriteResult result = client.setGuard(guard, force);
                output().result(Written.row(result), "OK revision " + result.revision());
                return ExitCode.OK;
            } catch (ConditionFailedException e) {
                kvcli().complain(
                                "nobody ever had lock "
                                        + guard.lock()
                                        + " alone, so every write would be refused."
                                        + " Take it once (kvcli lock "
                                        + guard.lock()
                                        + " -- true), observe first, or --force.");
                return ExitCode.NEGATIVE;
            }
        }
    }

    @Command(
            name = "remove",
            description = "Removes the guard of exactly this prefix; exit code 1 if it has none.",
            footer = {"", "Example:", "  kvcli guard remove acct/"})
    static final class Remove extends Verb {
        @Parameters(index = "0", paramLabel = "PREFIX", description = "The guard's prefix.")
        private @Nullable Key prefix;

        @Override
        ExitCode run(KvClient client) {
            Key wanted = Check.present(prefix, "PREFIX");
            return Written.removal(
                    this, client.removeGuard(wanted), "removed", "no guard of " + wanted);
        }
    }

    @Command(
            name = "list",
            description = "Lists all guards.",
            footer = {"", "Example:", "  kvcli guard list -o json"})
    static final class ListAll extends Verb {
        @Override
        ExitCode run(KvClient client) {
            List<Row> rows = client.listGuards().stream().map(ListAll::row).toList();
            output().rows(rows, "no guards");
            return ExitCode.OK;
        }

        private static Row row(GuardInfo info) {
            Guard guard = info.guard();
            return new Row()
                    .key("prefix", guard.prefix())
                    .text("lock", guard.lock().value())
                    .text("rule", guard.rule().name().toLowerCase(Locale.ROOT))
                    .text("mode", guard.mode().name().toLowerCase(Locale.ROOT))
                    .number("revision", info.revision())
                    .number("violations", info.violations());
        }
    }
}
