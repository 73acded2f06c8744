package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.NumberResult;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli delete}. */
@Command(
        name = "delete",
        aliases = "del",
        description =
                "Removes a key, or all keys of a range at once; exit code 1 if there is nothing to"
                        + " remove.",
        footer = {
            "",
            "Examples:",
            "  kvcli delete greeting",
            "  kvcli delete greeting --if-revision 41",
            "  kvcli delete acct/7 --fence billing:33 --prev",
            "  kvcli delete --prefix tmp/",
            "  kvcli delete --from log/2025 --to log/2026"
        })
final class DeleteVerb extends Verb {
    @Parameters(index = "0", arity = "0..1", paramLabel = "KEY", description = "The key.")
    private @Nullable Key key;

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            description =
                    "All keys that start with it, or none: up to 10 000 and 64 MiB of values.")
    private @Nullable Key prefix;

    @Option(names = "--from", paramLabel = "KEY", description = "All keys from this one on.")
    private @Nullable Key from;

    @Option(names = "--to", paramLabel = "KEY", description = "All keys lower than this one.")
    private @Nullable Key to;

    @Option(names = "--prev", description = "Show what was there; of one key.")
    private boolean previous;

    @Option(
            names = "--if-revision",
            paramLabel = "N",
            description = "Only if the key's modify revision is N.")
    private @Nullable Long revision;

    @Mixin private FenceOptions fences = new FenceOptions();

    @Override
    ExitCode run(KvClient client) {
        WriteOptions options = fences.writeOptions();
        if (revision != null) {
            options = options.ifRevision(revision);
        }
        if (previous) {
            options = options.returningPrevious();
        }
        boolean ranged = from != null || to != null;
        if ((key != null ? 1 : 0) + (prefix != null ? 1 : 0) + (ranged ? 1 : 0) != 1) {
            throw usage("say what to remove: KEY, or --prefix, or --from and --to");
        }
        if (key == null) {
            return deleteRange(client, options);
        }
        Key wanted = Check.present(key, "KEY");
        WriteResult result = client.delete(wanted, options);
        return Written.removal(this, result, "deleted", "not found: " + wanted);
    }

    private ExitCode deleteRange(KvClient client, WriteOptions options) {
        if (previous || revision != null) {
            throw usage("--prev and --if-revision are about one key");
        }
        KeyRange range =
                prefix != null
                        ? KeyRange.prefix(prefix)
                        : new KeyRange(Optional.ofNullable(from), Optional.ofNullable(to));
        NumberResult deleted = client.deleteRange(range, options);
        output().result(Written.row(deleted), deleted.number() + " deleted");
        return deleted.number() > 0 ? ExitCode.OK : ExitCode.NEGATIVE;
    }
}
