package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.NumberResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Value;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kvcli append}. */
@Command(
        name = "append",
        description =
                "Adds to the end of a key's value, once, however often it had to be sent; an absent"
                        + " key counts as empty. Shows the new length in bytes.",
        footer = {"", "Example:", "  kvcli append log/7 'one more line;'"})
final class AppendVerb extends Verb {
    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private @Nullable Key key;

    @Parameters(index = "1", paramLabel = "VALUE", description = "What to add.")
    private String value = "";

    @Mixin private FenceOptions fences = new FenceOptions();

    @Override
    ExitCode run(KvClient client) {
        NumberResult length =
                client.append(Check.present(key, "KEY"), Value.of(value), fences.writeOptions());
        output().result(Written.row(length), length.number() + " bytes");
        return ExitCode.OK;
    }
}
