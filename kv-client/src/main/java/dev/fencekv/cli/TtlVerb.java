package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.TtlResult;
import dev.fencekv.kv.Key;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code kvcli ttl}. */
@Command(
        name = "ttl",
        description =
                "Shows how long a key lives on at least, or never if it does not end by itself; exit"
                        + " code 1 if it is absent.",
        footer = {"", "Example:", "  kvcli ttl otp/7"})
final class TtlVerb extends Verb {
    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private @Nullable Key key;

    @Override
    ExitCode run(KvClient client) {
        Key wanted = Check.present(key, "KEY");
        TtlResult ttl = client.ttl(wanted);
        if (!ttl.found()) {
            kvcli().complain("not found: " + wanted);
            return ExitCode.NEGATIVE;
        }
        Row row = new Row().key("key", wanted);
        ttl.remaining()
                .ifPresentOrElse(
                        left -> row.number("remaining_ms", left.toMillis()),
                        () -> row.none("remaining_ms"));
        output().result(
                        row.number("revision", ttl.revision()),
                        ttl.remaining().map(left -> left.toMillis() + " ms").orElse("never"));
        return ExitCode.OK;
    }
}
