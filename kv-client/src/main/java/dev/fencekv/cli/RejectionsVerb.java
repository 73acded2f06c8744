package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.Rejection;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kvcli rejections}. */
@Command(
        name = "rejections",
        description =
                "Lists the writes and releases that fences have refused, oldest first, with the"
                        + " evidence. Repeats of one session, lock and token are counted in one row.",
        footer = {
            "",
            "With --follow a row is shown at once when it is new, and again when its repeats have risen",
            "at a look, as far as it is among the newest "
                    + RejectionNews.WATCHED_MAX
                    + ". A cluster that does not answer",
            "is asked again.",
            "",
            "Examples:",
            "  kvcli rejections",
            "  kvcli rejections --after 1200 -o json",
            "  kvcli rejections --follow",
            "  kvcli rejections --follow --interval 5s --count 10 -o json",
            "What one of them means: kvcli explain REVISION"
        })
final class RejectionsVerb extends Verb {
    private static final Duration INTERVAL_MIN = Duration.ofMillis(100);
    private static final Duration INTERVAL_MAX = Duration.ofSeconds(60);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    @Option(
            names = "--after",
            paramLabel = "REVISION",
            defaultValue = "0",
            description = "Only those first recorded at a higher revision.")
    private long after;

    @Option(
            names = {"-f", "--follow"},
            description = "Then show more as they come, until Ctrl-C; its exit code is 0.")
    private boolean follow;

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            description =
                    "With --follow: between two looks for repeats, 100ms to 60s. Default: 1s.")
    private @Nullable Duration interval;

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "With --follow: end when N rows were shown, those of the start included.")
    private @Nullable Long count;

    @Override
    ExitCode run(KvClient client) throws InterruptedException {
        check();
        if (follow) {
            return follow(client);
        }
        List<Row> rows = client.listRejections(after).stream().map(RejectionsVerb::row).toList();
        output().rows(rows, "no rejections");
        return ExitCode.OK;
    }

    private void check() {
        if (after < 0) {
            throw usage("--after wants a revision, 0 or more");
        }
        if (!follow && interval != null) {
            throw usage("--interval is for --follow");
        }
        if (!follow && count != null) {
            throw usage("--count is for --follow");
        }
        if (interval != null
                && (interval.compareTo(INTERVAL_MIN) < 0 || interval.compareTo(INTERVAL_MAX) > 0)) {
            throw usage("--interval wants 100ms to 60s");
        }
        if (count != null && count < 1) {
            throw usage("--count wants 1 or more");
        }
    }

    private ExitCode follow(KvClient client) throws InterruptedException {
        try (RejectionFeed feed =
                new RejectionFeed(
                        kvcli(),
                        client,
                        new RejectionNews(after),
                        interval == null ? INTERVAL : interval,
                        count == null ? Long.MAX_VALUE : count)) {
            return feed.run();
        }
    }

    static Row row(Rejection rejection) {
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
