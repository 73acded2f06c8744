package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.Rejection;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kvcli rejections}. */
@Command(
        name = "rejections",
        description =
                "Lists the writes and releases that fences have refused, oldest first, with the evidence.",
        footer = {"", "Examples:", "  kvcli rejections", "  kvcli rejections --after 1200 -o json"})
final class RejectionsVerb extends Verb {
    @Option(
            names = "--after",
            paramLabel = "REVISION",
            defaultValue = "0",
            description = "Only those first recorded at a higher revision.")
    private long after;

    @Override
    ExitCode run(KvClient client) {
        List<Row> rows = client.listRejections(after).stream().map(RejectionsVerb::row).toList();
        output().rows(rows, "no rejections");
        return ExitCode.OK;
    }

    private static Row row(Rejection rejection) {
        FenceViolation violation = rejection.violation();
        Row row =
                new Row()
                        .number("revision", rejection.revision())
                        .text("at", rejection.at().toString())
                        .text("reason", violation.reason().name());
        rejection.key().ifPresentOrElse(key -> row.key("key", key), () -> row.none("key"));
        row.text("lock", violation.lock().value())
                .token("shown", violation.shown())
                .token("live", violation.live())
                .text("label", rejection.label().value());
        String successor = violation.successor().value();
        if (successor.isEmpty()) {
            row.none("successor");
        } else {
            row.text("successor", successor);
        }
        return row.flag("enforced", rejection.enforced()).number("repeats", rejection.repeats());
    }
}
