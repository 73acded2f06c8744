package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.RangeWhat;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Reads of more than one key, for the client. Stateless; safe from any thread. */
final class RangeReads {
    private final ClientCore core;

    RangeReads(ClientCore core) {
        this.core = core;
    }

    /** All pages, one after the other, as one result; whoever ends it early ends the reading. */
    CompletableFuture<RangeResult> range(RangeQuery query) {
        Chain<RangeResult> whole = new Chain<>();
        rest(new RangeScan(core, query), new ArrayList<>(), whole);
        return whole;
    }

    private static void rest(RangeScan scan, List<RangeRow> rows, Chain<RangeResult> whole) {
        whole.ask(
                scan::nextAsync,
                page -> {
                    rows.addAll(page.rows());
                    if (scan.isDone()) {
                        whole.complete(whole(rows, page));
                    } else {
                        rest(scan, rows, whole);
                    }
                });
    }

    private static RangeResult whole(List<RangeRow> rows, RangeResult last) {
        return new RangeResult(
                rows,
                last.more(),
                last.revision(),
                last.lastRevision(),
                last.stamp(),
                last.ageMs());
    }

    CompletableFuture<Long> count(KeyRange range, ReadOptions options) {
        return core.read(
                new Request.Range(
                        range, RangeWhat.COUNT, false, Limits.LIST_ROWS_MAX, options.terms()),
                reply -> Replies.body(reply, Reply.Range.class).count());
    }

    /** One key, as of a moment that may be past. */
    CompletableFuture<ReadResult> get(Key key, ReadOptions options) {
        List<Key> asked = List.of(key);
        return core.read(
                new Request.GetMany(asked, options.terms()), reply -> only(many(asked, reply)));
    }

    private static ReadResult only(ManyResult many) {
        return new ReadResult(many.records().get(0), many.revision(), many.stamp(), many.ageMs());
    }

    CompletableFuture<ManyResult> getAll(List<Key> keys, ReadOptions options) {
        Check.argument(
                !keys.isEmpty() && keys.size() <= Limits.KEYS_PER_READ_MAX,
                "one read has 1 to "
                        + Limits.KEYS_PER_READ_MAX
                        + " keys but this one has "
                        + keys.size()
                        + ": read the rest with ReadOptions.at(revision of the first result)");
        List<Key> asked = List.copyOf(keys);
        return core.read(new Request.GetMany(asked, options.terms()), reply -> many(asked, reply));
    }

    private static ManyResult many(List<Key> keys, Reply reply) {
        Reply.Records found = Replies.body(reply, Reply.Records.class);
        if (found.records().size() != keys.size()) {
            throw new FenceKvException(
                    Status.UNSUPPORTED,
                    "the node answered "
                            + found.records().size()
                            + " records for "
                            + keys.size()
                            + " keys");
        }
        return new ManyResult(
                keys, found.records(), reply.revision(), reply.stamp(), found.ageMs());
    }
}
