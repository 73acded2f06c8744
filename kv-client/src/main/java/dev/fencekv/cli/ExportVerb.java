package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.RangeQuery;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.Versioned;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kvcli export}. */
@Command(
        name = "export",
        description = {
            "Prints records as JSON, one object a line, in order of their keys and as of one"
                    + " revision; kvcli import reads them.",
            "",
            "Members: key, value, modify_revision. Where key_encoding or encoding says base64, key"
                    + " or value are bytes that are no UTF-8. Left out are keys that belong to a"
                    + " session, since no other store has that session. A TTL is not exported."
        },
        footer = {
            "",
            "Examples:",
            "  kvcli export > all.jsonl",
            "  kvcli export --prefix config/ > config.jsonl"
        })
final class ExportVerb extends Verb {
    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            description = "Only keys that start so. Default: all keys.")
    private String prefix = "";

    @Override
    ExitCode run(KvClient client) {
        long exported = 0;
        long leftOut = 0;
        // One page after the other: a store may hold more than this process.
        for (RangeRow row : client.scan(RangeQuery.of(KeyRange.prefix(prefix)))) {
            Versioned record = row.record().orElseThrow();
            if (!record.owner().isNone()) {
                leftOut++;
                continue;
            }
            output().streamed(
                            new Row()
                                    .key("key", row.key())
                                    .value("value", record.value())
                                    .number("modify_revision", record.modifyRevision())
                                    .json());
            exported++;
            if (output().isBroken()) {
                break;
            }
        }
        kvcli().complain(
                        "exported "
                                + exported
                                + (exported == 1 ? " key" : " keys")
                                + (leftOut == 0 ? "" : ", left out " + leftOut + " of sessions"));
        return ExitCode.OK;
    }
}
