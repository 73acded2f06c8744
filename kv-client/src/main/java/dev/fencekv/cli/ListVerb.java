package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.RangeQuery;
import dev.fencekv.client.RangeResult;
import dev.fencekv.client.RangeScan;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.RangeRow;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kvcli list}. */
@Command(
        name = "list",
        aliases = {"range"},
        description = {
            "Lists the keys that start with PREFIX, or lie in a range, in order, with their values;"
                    + " all of them as of one revision."
        },
        footer = {
            "",
            "Examples:",
            "  kvcli list",
            "  kvcli list orders/ --limit 20",
            "  kvcli list orders/ --reverse --limit 1",
            "  kvcli list --from orders/2026 --to orders/2027 --keys-only",
            "  kvcli list orders/ --count-only",
            "  kvcli list orders/ --at 41 -o json"
        })
final class ListVerb extends Verb {
    @Parameters(
            arity = "0..1",
            paramLabel = "PREFIX",
            description = "What the keys start with. Default: all keys.")
    private String prefix = "";

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            description = "The same, for scripts in which it may be empty.")
    private String prefixOption = "";

    @Option(names = "--from", paramLabel = "KEY", description = "The lowest key, itself included.")
    private @Nullable Key from;

    @Option(
            names = "--to",
            paramLabel = "KEY",
            description = "Up to this key, itself not included.")
    private @Nullable Key to;

    @Option(names = "--limit", paramLabel = "N", description = "At most N keys. Default: all.")
    private long limit = RangeQuery.UNLIMITED;

    @Option(names = "--reverse", description = "From the highest key down.")
    private boolean reverse;

    @Option(names = "--keys-only", description = "Keys without values: much cheaper.")
    private boolean keysOnly;

    @Option(names = "--count-only", description = "Only how many keys there are.")
    private boolean countOnly;

    @Option(
            names = "--allow-drift",
            description =
                    "If so much is written meanwhile that the rest is no longer known as of the"
                            + " revision of the beginning, go on with what is there then, and say"
                            + " so.")
    private boolean allowDrift;

    @Mixin private ReadFlags flags = new ReadFlags();

    @Override
    ExitCode run(KvClient client) {
        ReadOptions options = flags.readOptions();
        return countOnly ? count(client, options) : list(client.scan(query(options)));
    }

    private KeyRange range() {
        if (!prefix.isEmpty() && !prefixOption.isEmpty()) {
            throw usage("give the prefix once");
        }
        String start = prefix + prefixOption;
        if (start.isEmpty()) {
            return new KeyRange(Optional.ofNullable(from), Optional.ofNullable(to));
        }
        if (from != null || to != null) {
            throw usage("a prefix is a range of its own: give it, or --from and --to");
        }
        return KeyRange.prefix(start);
    }

    private RangeQuery query(ReadOptions options) {
        RangeQuery query = RangeQuery.of(range()).limit(limit).options(options);
        query = reverse ? query.reversed() : query;
        query = keysOnly ? query.withoutRecords() : query;
        return allowDrift ? query.allowDrift() : query;
    }

    private ExitCode count(KvClient client, ReadOptions options) {
        if (keysOnly || reverse || limit != RangeQuery.UNLIMITED) {
            throw usage("--count-only counts the whole range, in no order");
        }
        long count = client.count(range(), options);
        output().result(new Row().number("count", count), Long.toString(count));
        return ExitCode.OK;
    }

    private ExitCode list(RangeScan scan) {
        Table table = new Table();
        RangeResult page = scan.next();
        if (scan.isDone()) {
            output().rows(rows(page), "no keys");
        } else {
            output().more(rows(page), table);
        }
        while (!scan.isDone() && !output().isBroken()) {
            page = scan.next();
            output().more(rows(page), table);
        }
        if (page.drifted()) {
            kvcli().complain(
                            "drifted: the first keys are as of revision "
                                    + page.revision()
                                    + ", the last ones as of "
                                    + page.lastRevision());
        }
        if (page.more() && scan.isDone()) {
            tellOfMore(page.rows());
        }
        return ExitCode.OK;
    }

    private List<Row> rows(RangeResult page) {
        return page.rows().stream().map(this::row).toList();
    }

    private Row row(RangeRow row) {
        return row.record()
                .map(record -> RecordRows.of(output().form(), row.key(), record))
                .orElseGet(() -> new Row().key("key", row.key()));
    }

    /** To people: programs that give a limit know that they did. */
    private void tellOfMore(List<RangeRow> rows) {
        if (output().form() == Output.Form.TABLE && !rows.isEmpty()) {
            kvcli().complain(
                            "there are more "
                                    + (reverse ? "below " : "above ")
                                    + rows.get(rows.size() - 1).key());
        }
    }
}
