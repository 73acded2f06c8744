package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.NumberResult;
import dev.fencekv.kv.Key;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kvcli incr}. */
@Command(
        name = "incr",
        description =
                "Adds to a key that holds a whole number, once, however often it had to be sent; an"
                        + " absent key counts as 0. Shows the sum.",
        footer = {
            "",
            "Examples:",
            "  kvcli incr visits",
            "  kvcli incr stock/7 -3 --fence stock:12"
        })
final class IncrVerb extends Verb {
    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private @Nullable Key key;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "DELTA",
            defaultValue = "1",
            description = "What to add; may be negative. Default: 1.")
    private long delta;

    @Mixin private FenceOptions fences = new FenceOptions();

    @Override
    ExitCode run(KvClient client) {
        NumberResult sum =
                client.increment(Check.present(key, "KEY"), delta, fences.writeOptions());
        output().result(Written.row(sum), Long.toString(sum.number()));
        return ExitCode.OK;
    }
}
