package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Value;
import java.io.IOException;
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
            "  kvcli put greeting hallo --if-revision 41",
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

    @Mixin private FenceOptions fences = new FenceOptions();

    @Override
    ExitCode run(KvClient client) throws IOException {
        WriteOptions options = fences.writeOptions();
        if (condition != null && condition.revision != null) {
            options = options.ifRevision(condition.revision);
        } else if (condition != null && condition.absent) {
            options = options.ifAbsent();
        }
        WriteResult result = client.put(Check.present(key, "KEY"), value(), options);
        output().result(Written.row(result), "OK revision " + result.revision());
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
