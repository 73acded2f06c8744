package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.ManyResult;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.ReadResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Versioned;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kvcli get}. */
@Command(
        name = "get",
        description = {
            "Reads a key, or several as of one revision; exit code 1 if one is absent.",
            "Of one key the value is shown, of several a table."
        },
        footer = {
            "",
            "Examples:",
            "  kvcli get greeting",
            "  kvcli get acct/7 acct/8",
            "  kvcli get config -o raw > config.json",
            "  kvcli get greeting --stale -o json",
            "  kvcli get greeting --at 41",
            "  kvcli get acct/7 --fence billing:33"
        })
final class GetVerb extends Verb {
    @Parameters(arity = "1..*", paramLabel = "KEY", description = "The keys.")
    private List<Key> keys = List.of();

    @Mixin private ReadFlags flags = new ReadFlags();

    @Override
    ExitCode run(KvClient client) {
        ReadOptions options = flags.readOptions();
        return keys.size() == 1
                ? one(client.get(keys.get(0), options))
                : all(client.getAll(keys, options));
    }

    private ExitCode one(ReadResult result) {
        Key key = keys.get(0);
        if (result.record().isEmpty()) {
            return missing(List.of(key));
        }
        Versioned record = result.record().get();
        switch (output().form()) {
            case TABLE -> output().line(record.value().toString());
            case RAW -> output().bytes(record.value().toByteArray());
            case JSON ->
                    output().line(
                                    RecordRows.full(key, record)
                                            .number("age_ms", result.ageMs())
                                            .json());
        }
        return ExitCode.OK;
    }

    private ExitCode all(ManyResult result) {
        List<Row> rows = new ArrayList<>();
        result.found()
                .forEach((key, record) -> rows.add(RecordRows.of(output().form(), key, record)));
        output().more(rows, new Table());
        return result.missing().isEmpty() ? ExitCode.OK : missing(result.missing());
    }

    private ExitCode missing(List<Key> absent) {
        for (Key key : absent) {
            kvcli().complain("not found: " + key);
        }
        return ExitCode.NEGATIVE;
    }
}
