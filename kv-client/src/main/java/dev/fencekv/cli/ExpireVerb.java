package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code kvcli expire}. */
@Command(
        name = "expire",
        description =
                "Lets a key end by itself, or no longer; its value and revisions stay as they are."
                        + " Exit code 1 if it is absent.",
        footer = {"", "Examples:", "  kvcli expire otp/7 30s", "  kvcli expire otp/7 never"})
final class ExpireVerb extends Verb {
    private static final String NEVER = "never";

    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private @Nullable Key key;

    @Parameters(
            index = "1",
            paramLabel = "TTL",
            description = "How long it lives at least from now on, e.g. 500ms, 30s, 2h; or never.")
    private String ttl = NEVER;

    @Mixin private FenceOptions fences = new FenceOptions();

    @Override
    ExitCode run(KvClient client) {
        Key wanted = Check.present(key, "KEY");
        WriteOptions options = fences.writeOptions();
        WriteResult result =
                ttl.equals(NEVER)
                        ? client.persist(wanted, options)
                        : client.expire(wanted, duration(), options);
        return Written.removal(this, result, "ok", "not found: " + wanted);
    }

    private Duration duration() {
        try {
            return new DurationText().convert(ttl);
        } catch (TypeConversionException e) {
            throw usage(e.getMessage() + ", nor never");
        }
    }
}
