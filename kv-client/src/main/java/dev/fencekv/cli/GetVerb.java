package dev.fencekv.cli;

import dev.fencekv.check.Check;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.ReadResult;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli get}. */
@Command(
        name = "get",
        description = "Reads a key; exit code 1 if it is absent.",
        footer = {
            "",
            "Examples:",
            "  kvcli get greeting",
            "  kvcli get config -o raw > config.json",
            "  kvcli get greeting --stale -o json",
            "  kvcli get acct/7 --fence billing:33"
        })
final class GetVerb extends Verb {
    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private @Nullable Key key;

    @Option(
            names = "--stale",
            description = "What one node has applied is fresh enough; others are not asked.")
    private boolean stale;

    @Option(
            names = "--fence",
            paramLabel = "LOCK:TOKEN",
            description =
                    "Only if TOKEN is the live grant of LOCK after the read. May be repeated.")
    private List<Fence> fences = List.of();

    @Override
    ExitCode run(KvClient client) {
        ReadOptions options = stale ? ReadOptions.STALE : ReadOptions.LINEARIZABLE;
        for (Fence fence : fences) {
            options = options.fence(fence);
        }
        Key wanted = Check.present(key, "KEY");
        ReadResult result = client.get(wanted, options);
        if (result.record().isEmpty()) {
            kvcli().complain("not found: " + wanted);
            return ExitCode.NEGATIVE;
        }
        show(wanted, result.record().get(), result);
        return ExitCode.OK;
    }

    private void show(Key wanted, Versioned record, ReadResult result) {
        switch (output().form()) {
            case TABLE -> output().line(record.value().toString());
            case RAW -> output().bytes(record.value().toByteArray());
            case JSON ->
                    output().line(
                                    new Row()
                                            .key("key", wanted)
                                            .value("value", record.value())
                                            .number("create_revision", record.createRevision())
                                            .number("modify_revision", record.modifyRevision())
                                            .number("version", record.version())
                                            .text("stamp", record.stamp().toString())
                                            .token("token", record.token())
                                            .text("owner", record.owner().toString())
                                            .text("writer", record.writer().toString())
                                            .number("writer_sequence", record.writerSequence())
                                            .number("age_ms", result.ageMs())
                                            .json());
        }
    }
}
