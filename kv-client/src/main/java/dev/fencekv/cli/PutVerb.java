package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Value;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli put}. */
@Command(
        name = "put",
        description = "Writes a key. Applied once, however often it had to be sent.",
        footer = {
            "",
            "Examples:",
            "  kvcli put greeting hello",
            "  kvcli put config - < config.json",
            "  kvcli put greeting hallo --if-revision 41 --prev",
            "  kvcli put otp/7 4711 --ttl 30s",
            "  kvcli put acct/7 100 --fence billing:33"
        })
final class PutVerb extends Verb {
    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private @Nullable Key key;

    @Parameters(index = "1", paramLabel = "VALUE", description = "The value; - reads stdin.")
    private String value = "";

    @ArgGroup(exclusive = true)
    private @Nullable Condition condition;

    /** At most one of them. */
    static final class Condition {
        @Option(
                names = "--if-revision",
                paramLabel = "N",
                description = "Only if the key's modify revision is N.")
        @Nullable Long revision;

        @Option(names = "--if-absent", description = "Only if the key is absent.")
        boolean absent;
    }

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            description = "The key ends by itself, after at least this time: 500ms, 30s, 2h.")
    private @Nullable Duration ttl;

    @Option(names = "--prev", description = "Show what was there before.")
    private boolean previous;

    @Mixin private FenceOptions fences = new FenceOptions();

    @Override
    ExitCode run(KvClient client) throws IOException {
        WriteOptions options = fences.writeOptions();
        if (condition != null && condition.revision != null) {
            options = options.ifRevision(condition.revision);
        } else if (condition != null && condition.absent) {
            options = options.ifAbsent();
        }
        if (ttl != null) {
            options = options.ttl(ttl);
        }
        if (previous) {
            options = options.returningPrevious();
        }
        WriteResult result = client.put(Check.present(key, "KEY"), value(), options);
        output().result(
                        Written.row(result),
                        "OK revision " + result.revision() + Written.was(result));
        return ExitCode.OK;
    }

    private Value value() throws IOException {
        if (!value.equals("-")) {
            return Value.of(value);
        }
        byte[] bytes = kvcli().in().readNBytes(Limits.VALUE_BYTES_MAX + 1);
        if (bytes.length > Limits.VALUE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "stdin has more than the " + Limits.VALUE_BYTES_MAX + " bytes of a value");
        }
        return Value.copyOf(bytes);
    }
}
