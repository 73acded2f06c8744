package dev.fencekv.client;

import dev.fencekv.check.Check;
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
import org.jspecify.annotations.Nullable;

/**
 * A range read page by page, in constant memory: all pages as of the first one's revision, or of
 * the moment that the query names. The store keeps nothing for it, so it needs no closing, survives
 * the loss of nodes, and may be left at any time.
 *
 * <p>A page that can no longer be had as of that revision fails with {@link CompactedException},
 * unless the query allows to drift. A page that failed for another reason may be asked for again.
 *
 * <p>Assumptions: 1. The next page is asked for once the one before has come, failed, or was
 * cancelled. Guarantees: 1. Safe from any thread, one after the other. 2. A page counts as read
 * once it was handed over: after one that was cancelled, timed out or interrupted the same one is
 * next.
 */
public final class RangeScan implements Iterable<RangeRow> {
    private final ClientCore core;
    private final RangeQuery query;

    /** What is under way; null while nothing is. Guarded by this, as all that follows. */
    private @Nullable Page asking;

    /** What has not been read yet. */
    private KeyRange left;

    private long limitLeft;

    /** Of the next page. */
    private AsOf at;

    /** 0 before the first page. */
    private long firstRevision;

    private boolean done;

    RangeScan(ClientCore core, RangeQuery query) {
        this.core = core;
        this.query = query;
        this.left = query.range();
        this.limitLeft = query.limit();
        this.at = query.options().asOf();
    }

    /** Whether there is no further page. */
    public synchronized boolean isDone() {
        return done;
    }

    /**
     * The next page, which has at least one row unless the range has no more. Once there is none
     * left it has no rows. Cancelling it, or ending it by a timeout of the caller's own, leaves the
     * scan where it is; what is made of it by {@code thenApply} and its like does not reach it.
     */
    public CompletableFuture<RangeResult> nextAsync() {
        Page page = new Page();
        AsOf moment;
        synchronized (this) {
            if (asking != null) {
                throw new IllegalStateException("the page before has not come yet");
            }
            if (done) {
                return CompletableFuture.completedFuture(
                        new RangeResult(
                                List.of(),
                                false,
                                firstRevision,
                                at.revision(),
                                HybridTimestamp.ZERO,
                                0));
            }
            asking = page;
            moment = at;
        }
        page.ask(moment);
        return page;
    }

    /** Blocking {@link #nextAsync}. */
    public RangeResult next() {
        return core.await(nextAsync());
    }

    /** One page under way. Whoever ends it before it has come gives its request up. */
    private final class Page extends CompletableFuture<RangeResult> {
        private volatile @Nullable CompletableFuture<Reply> request;

        void ask(AsOf moment) {
            CompletableFuture<Reply> asked = core.read(requestAsOf(moment), Page::checked);
            request = asked;
            asked.whenComplete((reply, failure) -> came(reply, failure, moment));
            if (isDone()) {
                asked.cancel(false); // Ended while it was asked.
            }
        }

        private static Reply checked(Reply reply) {
            Replies.body(reply, Reply.Range.class);
            return reply;
        }

        private void came(@Nullable Reply reply, @Nullable Throwable failure, AsOf moment) {
            if (failure instanceof CompactedException && mayDrift() && !moment.isNow()) {
                ask(AsOf.NOW);
            } else if (reply == null) {
                fail(Check.present(failure, "the failure of a page"));
            } else {
                hand(reply);
            }
        }

        private boolean mayDrift() {
            synchronized (RangeScan.this) {
                return asking == this && firstRevision > 0 && query.mayDrift();
            }
        }

        /** Before its dependents run the scan is free: they may ask for the next page. */
        private void hand(Reply reply) {
            RangeResult result;
            synchronized (RangeScan.this) {
                if (asking != this) {
                    return; // Given up.
                }
                asking = null;
                result = advance(reply);
            }
            super.complete(result);
        }

        private void fail(Throwable failure) {
            if (leave()) {
                super.completeExceptionally(failure);
            }
        }

        /** False if it was handed over, or is being so: then it is too late. */
        private boolean leave() {
            synchronized (RangeScan.this) {
                boolean mine = asking == this;
                if (mine) {
                    asking = null;
                }
                return mine;
            }
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = leave() && super.cancel(mayInterruptIfRunning);
            giveUp(cancelled);
            return cancelled || isCancelled();
        }

        /** By others than the request: {@link #orTimeout} comes here. */
        @Override
        public boolean completeExceptionally(Throwable failure) {
            boolean completed = leave() && super.completeExceptionally(failure);
            giveUp(completed);
            return completed;
        }

        /** By others than the request: {@link #completeOnTimeout} comes here. */
        @Override
        public boolean complete(RangeResult instead) {
            boolean completed = leave() && super.complete(instead);
            giveUp(completed);
            return completed;
        }

        private void giveUp(boolean ended) {
            CompletableFuture<Reply> asked = request;
            if (ended && asked != null) {
                asked.cancel(false);
            }
        }
    }

    private synchronized Request requestAsOf(AsOf moment) {
        return new Request.Range(
                left,
                query.keysOnly() ? RangeWhat.KEYS : RangeWhat.RECORDS,
                query.reverse(),
                (int) Math.min(query.pageRows(), limitLeft),
                query.options().at(moment).terms());
    }

    /** The page is read: the scan stands behind it. */
    private RangeResult advance(Reply reply) {
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
                while (!page.hasNext() && !isDone()) {
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
