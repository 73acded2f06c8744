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

    /** All pages, one after the other, as one result. */
    CompletableFuture<RangeResult> range(RangeQuery query) {
        return rest(new RangeScan(core, query), new ArrayList<>());
    }

    private static CompletableFuture<RangeResult> rest(RangeScan scan, List<RangeRow> rows) {
        return scan.nextAsync()
                .thenCompose(
                        page -> {
                            rows.addAll(page.rows());
                            return scan.isDone()
                                    ? CompletableFuture.completedFuture(whole(rows, page))
                                    : rest(scan, rows);
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
