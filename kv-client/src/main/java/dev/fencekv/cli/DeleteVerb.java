package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli delete}. */
@Command(
        name = "delete",
        description = "Removes a key; exit code 1 if it is absent.",
        footer = {
            "",
            "Examples:",
            "  kvcli delete greeting",
            "  kvcli delete greeting --if-revision 41",
            "  kvcli delete acct/7 --fence billing:33"
        })
final class DeleteVerb extends Verb {
    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private @Nullable Key key;

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
        Key wanted = Check.present(key, "KEY");
        WriteResult result = client.delete(wanted, options);
        return Written.removal(this, result, "deleted", "not found: " + wanted);
    }
}
