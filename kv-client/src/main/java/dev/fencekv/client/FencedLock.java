package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A lock of the store, as one owner sees it: this object. Locking it again while it is held counts,
 * and as many unlocks give it back; two owners in one process are two objects.
 *
 * <p>Holding a lock is a belief that the store may have ended; the token is the proof. So write
 * through the lock: {@link #put} shows the token, and the store refuses it once it is stale,
 * whatever this process believes.
 *
 * <p>Guarantees: 1. Every method is safe from any thread. 2. {@link #isHeld} is computed from the
 * clocks at each call. 3. Listeners of {@link #onLost} hear of each lost grant once. 4. "Busy" and
 * "gave up" are said only when the store has said so or the session is over.
 */
public final class FencedLock {
    static final int EXCLUSIVE = -1;

    private final ClientCore core;
    private final LockName name;
    private final long owner;
    private final long lockDelayMs;
    private final int permits;

    /** Guards the fields below. Never held while others' code runs. */
    private final Object monitor = new Object();

    private final List<Consumer<LockLost>> listeners = new ArrayList<>();

    /** Attempts that wait while an earlier one, or a release, is on its way. */
    private final Deque<Attempt> waiting = new ArrayDeque<>();

    /** Whether an acquisition or a release is on its way to the store. */
    private boolean changing;

    /** Invariant: 0 exactly if {@link #grant} is null. */
    private int holds;

    /** The grant that is held, or was lost and not yet unlocked. */
    private volatile @Nullable Grant grant;

    private @Nullable LockLost lost;

    FencedLock(ClientCore core, LockName name, long owner, long lockDelayMs) {
        this(core, name, owner, lockDelayMs, EXCLUSIVE);
    }

    /** {@code permits}: {@link #EXCLUSIVE}, 0 for a reader, else of a semaphore. */
    FencedLock(ClientCore core, LockName name, long owner, long lockDelayMs, int permits) {
        this.permits = permits;
        this.core = core;
        this.name = name;
        this.owner = owner;
        this.lockDelayMs = lockDelayMs;
    }

    /** The lock's name. */
    public LockName name() {
        return name;
    }

    // --- locking -------------------------------------------------------------------------------

    /**
     * Takes the lock if it is free.
     *
     * @return true if it is held now. Cancelling it gives a grant that comes nevertheless back
     */
    public CompletableFuture<Boolean> tryLockAsync() {
        CompletableFuture<FencingToken> token = acquire(0);
        CompletableFuture<Boolean> held = new CompletableFuture<>();
        token.whenComplete(
                (granted, failure) -> {
                    if (failure instanceof LockBusyException) {
                        held.complete(false);
                    } else if (failure != null) {
                        held.completeExceptionally(failure);
                    } else if (!held.complete(true)) {
                        unlockAsync(); // Nobody wants it any more, nor would give it back.
                    }
                });
        held.whenComplete((yes, failure) -> token.cancel(false)); // If it has not come.
        return held;
    }

    /** Blocking {@link #tryLockAsync}. */
    public boolean tryLock() {
        return core.await(tryLockAsync());
    }

    /**
     * Waits for the lock in its queue, first come first served.
     *
     * @param wait the longest wait, in lease time: 1 ms to 24 h
     * @return the token; fails with {@link LockBusyException} if the wait was too long. Cancelling
     *     it leaves the queue; a grant that comes nevertheless is given back
     */
    public CompletableFuture<FencingToken> lockAsync(Duration wait) {
        Check.inRange(1, Limits.LOCK_WAIT_MS_MAX, wait.toMillis(), "wait in milliseconds");
        return acquire(wait.toMillis());
    }

    /**
     * Blocking {@link #lockAsync}. A grant that comes just before an interrupt is returned, and the
     * thread stays interrupted.
     *
     * @throws InterruptedException the place in the queue is given up, a grant given back
     */
    public FencingToken lock(Duration wait) throws InterruptedException {
        return core.awaitOrLeave(lockAsync(wait));
    }

    /**
     * Takes the lock again after it was lost, only if nobody was granted it in between; so that
     * what this process knows of the things behind the lock is still true. Does not wait. A lost
     * grant of this object must be unlocked first; one that it still holds counts as in {@link
     * #tryLock}.
     *
     * @param last the token by which it was held; by this process, or by one whose work this one
     *     goes on with
     * @return the new token: nobody was granted the lock between the two. Fails with {@link
     *     FencedException} if somebody was, and says who, or if {@code last} was revoked or is not
     *     remembered; and with {@link LockBusyException} while {@code last} is another owner's live
     *     grant, or a lock-delay lasts. Then {@link #lock} and read everything anew, or give up
     */
    public CompletableFuture<FencingToken> reclaimAsync(FencingToken last) {
        Check.argument(permits == EXCLUSIVE, "only who had a lock alone can reclaim it");
        Check.argument(!last.isNone(), "reclaim names the token by which the lock was held");
        return begin(new Attempt(0, last, core.clocks().nanos()));
    }

    /** Blocking {@link #reclaimAsync}. */
    public FencingToken reclaim(FencingToken last) {
        return core.await(reclaimAsync(last));
    }

    /**
     * Where this object stands in the lock's queue, and who holds the lock; empty if it does not
     * wait.
     */
    public CompletableFuture<Optional<QueuePlace>> placeAsync() {
        return core.read(
                        new Request.InspectLock(name, ReadMode.LINEARIZABLE),
                        reply -> Replies.lock(reply).flatMap(this::placeIn))
                .thenCompose(
                        place ->
                                place.isEmpty()
                                        ? CompletableFuture.completedFuture(place)
                                        : holders()
                                                .thenApply(place.get()::withHolders)
                                                .thenApply(Optional::of));
    }

    private Optional<QueuePlace> placeIn(LockInfo lock) {
        return core.sessionId().flatMap(id -> QueuePlace.of(lock, id, owner));
    }

    private CompletableFuture<List<HolderInfo>> holders() {
        return core.read(
                new Request.ListHolders(name, FencingToken.NONE, Limits.LIST_ROWS_MAX),
                reply -> Replies.body(reply, Reply.Holders.class).holders());
    }

    /** Blocking {@link #placeAsync}. */
    public Optional<QueuePlace> place() {
        return core.await(placeAsync());
    }

    /**
     * Takes one hold back; the last one gives the lock back to the store. From then on {@link
     * #isHeld} is false, whatever becomes of the release.
     *
     * @return true if it was held until now; false if it had been lost. Fails with {@link
     *     OutcomeUnknownException} if the store does not answer in time; the client goes on trying
     *     as long as its session lives. If the store refuses to take the lock back, e.g. because
     *     that is FORBIDDEN, it fails with that, and the client lets its session go, so that the
     *     lock does not stay held: the other locks of this client are lost with it
     * @throws IllegalStateException not locked
     */
    public CompletableFuture<Boolean> unlockAsync() {
        Grant current;
        boolean last;
        synchronized (monitor) {
            current = grant;
            if (current == null) {
                throw new IllegalStateException("lock " + name + " is not locked");
            }
            last = dropHold(current);
        }
        if (last) {
            return release(current);
        }
        LockState state = current.state(core.clocks());
        return CompletableFuture.completedFuture(
                state == LockState.HELD || state == LockState.SUSPECT);
    }

    /** Guarded by the monitor. Whether the store must be told, which the caller then does. */
    private boolean dropHold(Grant current) {
        if (--holds > 0) {
            return false;
        }
        grant = null;
        lost = null;
        changing = current.release();
        return changing;
    }

    /** Blocking {@link #unlockAsync}. */
    public boolean unlock() {
        return core.await(unlockAsync());
    }

    // --- what it is ----------------------------------------------------------------------------

    /**
     * The token of the grant that is held, or that was lost and not yet unlocked; {@link
     * FencingToken#NONE} if it is not locked.
     */
    public FencingToken token() {
        Grant current = grant;
        return current == null ? FencingToken.NONE : current.token();
    }

    /** Whether nobody else can hold the lock at this moment, by this machine's clocks. */
    public boolean isHeld() {
        return state() == LockState.HELD;
    }

    /** What may be believed at this moment. SUSPECT starts a renewal that will tell. */
    public LockState state() {
        Grant current = grant;
        if (current == null) {
            return LockState.RELEASED;
        }
        LockState state = current.state(core.clocks());
        if (state == LockState.SUSPECT || state == LockState.LOST) {
            core.noticed(current.session());
        }
        return state;
    }

    /**
     * Calls {@code listener} once for each grant that is lost, also without any I/O when the
     * session's deadline passes; at once if the present grant is lost already. Runs on the client's
     * callback thread.
     */
    public void onLost(Consumer<LockLost> listener) {
        LockLost already;
        synchronized (monitor) {
            listeners.add(listener);
            already = lost;
        }
        if (already != null) {
            core.callBack(() -> listener.accept(already));
        }
    }

    // --- records behind the lock ---------------------------------------------------------------

    /**
     * Writes a key, showing the token: refused with {@link FencedException} if it is stale.
     *
     * @throws IllegalStateException not locked; a lost lock may try, and the store will tell
     */
    public CompletableFuture<WriteResult> putAsync(Key key, Value value, WriteOptions options) {
        return core.records().put(key, value, options.fence(fence()));
    }

    /** Blocking {@link #putAsync}. */
    public WriteResult put(Key key, Value value, WriteOptions options) {
        return core.await(putAsync(key, value, options));
    }

    /** Blocking put of text. */
    public WriteResult put(String key, String value) {
        return put(Key.of(key), Value.of(value), WriteOptions.NONE);
    }

    /** Removes a key, showing the token; else as {@link #putAsync}. */
    public CompletableFuture<WriteResult> deleteAsync(Key key, WriteOptions options) {
        return core.records().delete(key, options.fence(fence()));
    }

    /** Blocking {@link #deleteAsync}. */
    public WriteResult delete(Key key, WriteOptions options) {
        return core.await(deleteAsync(key, options));
    }

    /** Blocking delete of a key given as text. */
    public WriteResult delete(String key) {
        return delete(Key.of(key), WriteOptions.NONE);
    }

    /** Reads a key; the token must be live after the read, else {@link FencedException}. */
    public CompletableFuture<ReadResult> getAsync(Key key, ReadOptions options) {
        return core.records().get(key, options.fence(fence()));
    }

    /** Blocking {@link #getAsync}. */
    public ReadResult get(Key key, ReadOptions options) {
        return core.await(getAsync(key, options));
    }

    /** Blocking linearizable read of a key given as text. */
    public ReadResult get(String key) {
        return get(Key.of(key), ReadOptions.LINEARIZABLE);
    }

    /**
     * Begins a transaction that shows the token.
     *
     * @throws IllegalStateException not locked
     */
    public TransactionBuilder transaction() {
        return new TransactionBuilder(core).fence(fence());
    }

    /**
     * Takes this lock as a part of a transaction, which is refused as a whole if the lock is not
     * free; what the transaction writes is written under the token. Once it is done, {@link
     * #tryLock} finds the grant that it made.
     */
    public Operation acquisition() {
        return new Operation.Acquire(name, owner, lockDelayMs);
    }

    private Fence fence() {
        Grant current = grant;
        if (current == null) {
            throw new IllegalStateException("lock " + name + " is not locked");
        }
        return current.fence();
    }

    // --- one change at a time ------------------------------------------------------------------

    /** Somebody who wants the lock. */
    private static final class Attempt {
        private final CompletableFuture<FencingToken> token = new CompletableFuture<>();

        /** 0 for a try. */
        private final long waitMs;

        private final long waitEndNanos;

        /** Of a reclaim; else NONE. */
        private final FencingToken last;

        Attempt(long waitMs, FencingToken last, long nowNanos) {
            this.waitMs = waitMs;
            this.last = last;
            this.waitEndNanos = nowNanos + waitMs * 1_000_000;
        }

        /** What is left of the wait; at least 1 ms of a wait, so that the store decides. */
        long remainingMs(long nowNanos) {
            return waitMs == 0 ? 0 : Math.max(1, (waitEndNanos - nowNanos) / 1_000_000);
        }
    }

    private CompletableFuture<FencingToken> acquire(long waitMs) {
        return begin(new Attempt(waitMs, FencingToken.NONE, core.clocks().nanos()));
    }

    private CompletableFuture<FencingToken> begin(Attempt attempt) {
        synchronized (monitor) {
            waiting.add(attempt);
        }
        next();
        return attempt.token;
    }

    /** Starts the next attempt unless a change is on its way. */
    private void next() {
        while (true) {
            Attempt attempt;
            Grant current;
            synchronized (monitor) {
                if (changing || waiting.isEmpty()) {
                    return;
                }
                attempt = waiting.remove();
                if (attempt.token.isDone()) {
                    continue;
                }
                current = grant;
                if (current == null) {
                    changing = true;
                } else {
                    holds++; // Taken back below if it turns out to be lost.
                }
            }
            if (current == null) {
                askStore(attempt);
                return;
            }
            reenter(attempt, current);
        }
    }

    private void reenter(Attempt attempt, Grant current) {
        switch (current.state(core.clocks())) {
            case HELD -> deliver(attempt, current);
            case SUSPECT ->
                    core.confirm(current.session())
                            .whenComplete(
                                    (nothing, closed) -> {
                                        if (closed == null) {
                                            reenter(attempt, current);
                                        } else {
                                            refuse(attempt, current, closed);
                                        }
                                    });
            case LOST, RELEASED -> {
                core.noticed(current.session());
                refuse(
                        attempt,
                        current,
                        new IllegalStateException(
                                "lock "
                                        + name
                                        + " was lost: unlock it as often as it was locked, and"
                                        + " start over"));
            }
        }
    }

    private void refuse(Attempt attempt, Grant current, Throwable why) {
        attempt.token.completeExceptionally(why);
        takeBack(current);
    }

    private void askStore(Attempt attempt) {
        long now = core.clocks().nanos();
        Acquisition acquisition =
                core.acquisition(
                        name, owner, attempt.remainingMs(now), lockDelayMs, attempt.last, permits);
        attempt.token.whenComplete(
                (token, failure) -> {
                    if (failure != null) { // Cancelled, timed out, or over anyway.
                        core.giveUp(acquisition);
                    }
                });
        core.acquire(acquisition, this::tellLost)
                .whenComplete(
                        (granted, failure) -> {
                            synchronized (monitor) {
                                changing = false;
                                if (granted != null) {
                                    grant = granted;
                                    holds = 1;
                                }
                            }
                            if (granted != null) {
                                deliver(attempt, granted);
                            } else {
                                attempt.token.completeExceptionally(failure);
                            }
                            next();
                        });
    }

    /** Hands one hold over; if nobody wants it any more it is taken back. */
    private void deliver(Attempt attempt, Grant current) {
        if (!attempt.token.complete(current.token())) {
            takeBack(current);
        }
    }

    private void takeBack(Grant current) {
        boolean last;
        synchronized (monitor) {
            last = grant == current && dropHold(current);
        }
        if (last) {
            release(current);
        }
    }

    private CompletableFuture<Boolean> release(Grant ending) {
        CompletableFuture<Boolean> released =
                core.release(ending)
                        .handle(
                                (reply, failure) -> {
                                    synchronized (monitor) {
                                        changing = false;
                                    }
                                    next();
                                    return released(reply, failure);
                                });
        return core.untilTimeout(released, "release of lock " + name);
    }

    private static boolean released(@Nullable Reply reply, @Nullable Throwable failure) {
        if (failure instanceof SessionExpiredException) {
            return false;
        }
        if (failure != null) {
            throw new CompletionException(failure);
        }
        Reply settled = Check.present(reply, "reply");
        return switch (settled.status().next()) {
            case GO_ON -> true;
            case DECIDE, STOP, NEW_SESSION -> false;
            case REDIRECT, RETRY_LATER, ASK_AGAIN, FIX_REQUEST, TRY_OTHER_NODES ->
                    throw new CompletionException(Replies.exception(settled));
        };
    }

    /** On the callback thread, once for each grant. */
    private void tellLost(LockLost event) {
        List<Consumer<LockLost>> tell;
        synchronized (monitor) {
            Grant current = grant;
            if (current != null && current.token().equals(event.token())) {
                lost = event;
            }
            tell = List.copyOf(listeners);
        }
        for (Consumer<LockLost> listener : tell) {
            core.callBack(() -> listener.accept(event));
        }
    }
}
