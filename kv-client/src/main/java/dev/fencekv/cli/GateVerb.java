package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GateInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.ResourceName;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code kvcli gate}. */
@Command(
        name = "gate",
        description =
                "Gates before resources outside the store: each admits only tokens of its lock that"
                        + " are not lower than one it has admitted.",
        synopsisSubcommandLabel = "(admit | list | remove)",
        subcommands = {GateVerb.Admit.class, GateVerb.ListAll.class, GateVerb.Remove.class},
        footer = {
            "",
            "Examples:",
            "  kvcli lock nightly -- sh -c 'kvcli gate admit tape0 nightly $FENCE_TOKEN && ./write-tape'",
            "  kvcli gate list"
        })
final class GateVerb extends VerbGroup {
    @Command(
            name = "admit",
            description =
                    "Asks to be admitted to a resource; exit code 1 if the token is refused. The"
                            + " first admission makes the gate, which is that lock's from then on.",
            footer = {"", "Example:", "  kvcli gate admit tape0 nightly $FENCE_TOKEN"})
    static final class Admit extends Verb {
        @Parameters(index = "0", paramLabel = "RESOURCE", description = "What the gate is before.")
        private @Nullable ResourceName resource;

        @Parameters(index = "1", paramLabel = "LOCK", description = "The lock that is held.")
        private @Nullable LockName lock;

        @Parameters(index = "2", paramLabel = "TOKEN", description = "The token it was granted by.")
        private @Nullable FencingToken token;

        @Override
        ExitCode run(KvClient client) {
            Fence fence = new Fence(Check.present(lock, "LOCK"), Check.present(token, "TOKEN"));
            WriteResult result = client.gates().admit(Check.present(resource, "RESOURCE"), fence);
            output().result(Written.row(result), "admitted");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "list",
            description = "Lists all gates.",
            footer = {"", "Example:", "  kvcli gate list -o json"})
    static final class ListAll extends Verb {
        @Override
        ExitCode run(KvClient client) {
            List<Row> rows = client.gates().list().stream().map(ListAll::row).toList();
            output().rows(rows, "no gates");
            return ExitCode.OK;
        }

        private static Row row(GateInfo gate) {
            return new Row()
                    .text("resource", gate.resource().value())
                    .text("lock", gate.lock().value())
                    .token("mark", gate.mark())
                    .number("revision", gate.revision())
                    .number("refused", gate.refused());
        }
    }

    @Command(
            name = "remove",
            description =
                    "Removes a gate; exit code 1 if there is none. Its mark is forgotten: a new one"
                            + " would admit older tokens again, as far as they are remembered.",
            footer = {"", "Example:", "  kvcli gate remove tape0"})
    static final class Remove extends Verb {
        @Parameters(index = "0", paramLabel = "RESOURCE", description = "What the gate is before.")
        private @Nullable ResourceName resource;

        @Override
        ExitCode run(KvClient client) {
            ResourceName wanted = Check.present(resource, "RESOURCE");
            return Written.removal(
                    this, client.gates().remove(wanted), "removed", "no gate before " + wanted);
        }
    }
}
