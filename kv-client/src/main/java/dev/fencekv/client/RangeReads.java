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
import org.jspecify.annotations.Nullable;

/** Reads of more than one key, for the client. Stateless; safe from any thread. */
final class RangeReads {
    private final ClientCore core;

    RangeReads(ClientCore core) {
        this.core = core;
    }

    /** All pages, one after the other, as one result; whoever ends it early ends the reading. */
    CompletableFuture<RangeResult> range(RangeQuery query) {
        WholeRange whole = new WholeRange(new RangeScan(core, query));
        whole.askNext();
        return whole;
    }

    /** Asks for one page after the other until it is complete, or ended by whoever waits for it. */
    private static final class WholeRange extends CompletableFuture<RangeResult> {
        private final RangeScan scan;

        /** Those of one page are added before the next is asked for. */
        private final List<RangeRow> rows = new ArrayList<>();

        private volatile @Nullable CompletableFuture<RangeResult> asking;

        WholeRange(RangeScan scan) {
            this.scan = scan;
        }

        void askNext() {
            CompletableFuture<RangeResult> page = scan.nextAsync();
            asking = page;
            page.whenComplete(this::came);
            if (isDone()) {
                page.cancel(false); // Ended while it was asked for.
            }
        }

        private void came(@Nullable RangeResult page, @Nullable Throwable failure) {
            if (page == null) {
                super.completeExceptionally(Check.present(failure, "the failure of a page"));
                return;
            }
            rows.addAll(page.rows());
            if (scan.isDone()) {
                complete(whole(rows, page));
            } else if (!isDone()) {
                askNext();
            }
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(mayInterruptIfRunning);
            giveUp();
            return cancelled;
        }

        /** By others than a page: {@link #orTimeout} comes here. */
        @Override
        public boolean completeExceptionally(Throwable failure) {
            boolean completed = super.completeExceptionally(failure);
            giveUp();
            return completed;
        }

        private void giveUp() {
            CompletableFuture<RangeResult> page = asking;
            if (page != null) {
                page.cancel(false);
            }
        }
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
