package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.wire.RangeWhat;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A range read page by page, in constant memory: all pages as of the first one's revision, or of
 * the moment that the query names. The store keeps nothing for it, so it needs no closing, survives
 * the loss of nodes, and may be left at any time.
 *
 * <p>A page that can no longer be had as of that revision fails with {@link CompactedException},
 * unless the query allows to drift. A page that failed for another reason may be asked for again.
 *
 * <p>Assumptions: 1. The next page is asked for once the one before has come. Guarantees: 1. Safe
 * from any thread, one after the other.
 */
public final class RangeScan implements Iterable<RangeRow> {
    private final ClientCore core;
    private final RangeQuery query;
    private final AtomicBoolean asking = new AtomicBoolean();

    /** What has not been read yet. */
    private volatile KeyRange left;

    private volatile long limitLeft;

    /** Of the next page. */
    private volatile AsOf at;

    /** 0 before the first page. */
    private volatile long firstRevision;

    private volatile boolean done;

    RangeScan(ClientCore core, RangeQuery query) {
        this.core = core;
        this.query = query;
        this.left = query.range();
        this.limitLeft = query.limit();
        this.at = query.options().asOf();
    }

    /** Whether there is no further page. */
    public boolean isDone() {
        return done;
    }

    /**
     * The next page, which has at least one row unless the range has no more. Once there is none
     * left it has no rows.
     */
    public CompletableFuture<RangeResult> nextAsync() {
        if (!asking.compareAndSet(false, true)) {
            throw new IllegalStateException("the page before has not come yet");
        }
        if (done) {
            asking.set(false);
            return CompletableFuture.completedFuture(
                    new RangeResult(
                            List.of(),
                            false,
                            firstRevision,
                            at.revision(),
                            HybridTimestamp.ZERO,
                            0));
        }
        // Free before its dependents run: they may ask for the next.
        return ask(at).exceptionallyCompose(this::driftOr)
                .whenComplete((page, failure) -> asking.set(false));
    }

    /** Blocking {@link #nextAsync}. */
    public RangeResult next() {
        return core.await(nextAsync());
    }

    private CompletionStage<RangeResult> driftOr(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        boolean drifts =
                cause instanceof CompactedException && firstRevision > 0 && query.mayDrift();
        return drifts ? ask(AsOf.NOW) : CompletableFuture.failedFuture(cause);
    }

    private CompletableFuture<RangeResult> ask(AsOf moment) {
        int rows = (int) Math.min(query.pageRows(), limitLeft);
        Request request =
                new Request.Range(
                        left,
                        query.keysOnly() ? RangeWhat.KEYS : RangeWhat.RECORDS,
                        query.reverse(),
                        rows,
                        query.options().at(moment).terms());
        return core.read(request, this::page);
    }

    /** On the event loop; the next page is asked for after it. */
    private RangeResult page(Reply reply) {
        Reply.Range page = Replies.body(reply, Reply.Range.class);
        List<RangeRow> rows = page.rows();
        if (firstRevision == 0) {
            firstRevision = reply.revision();
        }
        at = new AsOf(reply.revision(), HybridTimestamp.ZERO);
        limitLeft -= rows.size();
        if (page.more() && limitLeft > 0 && !rows.isEmpty()) {
            Key last = rows.get(rows.size() - 1).key();
            left = query.reverse() ? left.upTo(last) : left.above(last);
        } else {
            done = true;
        }
        return new RangeResult(
                rows, page.more(), firstRevision, reply.revision(), reply.stamp(), page.ageMs());
    }

    /**
     * The rows of the pages that are left, read as they are needed, by blocking calls: {@code next}
     * and {@code hasNext} fail as {@link #next()} does.
     */
    @Override
    public Iterator<RangeRow> iterator() {
        return new Iterator<>() {
            private Iterator<RangeRow> page = List.<RangeRow>of().iterator();

            @Override
            public boolean hasNext() {
                while (!page.hasNext() && !done) {
                    page = RangeScan.this.next().rows().iterator();
                }
                return page.hasNext();
            }

            @Override
            public RangeRow next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("the range has no more keys");
                }
                return page.next();
            }
        };
    }
}
