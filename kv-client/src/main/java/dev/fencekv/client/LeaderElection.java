package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * An election: candidates queue for a lock, and the one that has it leads. The leader tells the
 * others what they need to know of it, such as its address, in a record that only the token of its
 * grant can write.
 *
 * <p>To lead is a belief, as holding a lock is: do what only the leader may do with the {@link
 * #token}. A leader that was paused past its session's TTL finds its proclamations refused.
 *
 * <p>One object is one candidate. The lock and the record are both called {@code election/NAME};
 * the record is ephemeral and ends with the leader's session.
 *
 * <p>Guarantees: 1. Every method is safe from any thread. 2. Of two leaders the later one has the
 * higher token, and what the earlier one proclaims after the later one was elected is refused. 3.
 * {@link #leader} never shows the value of one leader with the token of another.
 */
public final class LeaderElection {
    private final ClientCore core;
    private final FencedLock lock;
    private final Key key;

    /** From the beginning of a campaign until it has failed, or its lead has ended. */
    private final AtomicBoolean engaged = new AtomicBoolean();

    LeaderElection(ClientCore core, FencedLock lock) {
        this.core = core;
        this.lock = lock;
        this.key = Key.of(lock.name().value());
        lock.onLost(this::deposed);
    }

    /** The name of lock and record of an election. Throws IllegalArgumentException if too long. */
    static LockName nameOf(String election) {
        return new LockName("election/" + election);
    }

    /**
     * Stands as a candidate until it is elected, and proclaims its value.
     *
     * @param wait how long at most, in lease time: 1 ms to 24 h
     * @return the token by which it leads; fails with {@link LockBusyException} if the wait was too
     *     long. Cancelling it withdraws the candidate; if it was elected meanwhile it resigns
     * @throws IllegalStateException it stands or leads already
     */
    public CompletableFuture<FencingToken> campaignAsync(Value value, Duration wait) {
        if (!engaged.compareAndSet(false, true)) {
            throw new IllegalStateException("this candidate stands or leads already: resign first");
        }
        CompletableFuture<FencingToken> campaign = new CompletableFuture<>();
        CompletableFuture<FencingToken> elected;
        try {
            elected = lock.lockAsync(wait);
        } catch (RuntimeException e) {
            engaged.set(false);
            throw e;
        }
        campaign.whenComplete(
                (token, failure) -> {
                    if (campaign.isCancelled()) {
                        elected.cancel(false);
                    }
                });
        elected.whenComplete(
                (token, failure) -> {
                    if (failure != null) {
                        engaged.set(false);
                        campaign.completeExceptionally(failure);
                    } else {
                        begin(campaign, token, value);
                    }
                });
        return campaign;
    }

    /** It is elected: it leads once the others can know of it. */
    private void begin(CompletableFuture<FencingToken> campaign, FencingToken token, Value value) {
        write(value)
                .whenComplete(
                        (written, failure) -> {
                            if (failure != null) {
                                withdraw();
                                campaign.completeExceptionally(cause(failure));
                            } else if (!campaign.complete(token)) {
                                withdraw();
                            }
                        });
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    private void withdraw() {
        if (engaged.get() && !lock.token().isNone()) {
            resignAsync();
        }
    }

    /**
     * Blocking {@link #campaignAsync}.
     *
     * @throws InterruptedException it is no candidate any more
     */
    public FencingToken campaign(Value value, Duration wait) throws InterruptedException {
        CompletableFuture<FencingToken> campaign = campaignAsync(value, wait);
        try {
            return core.awaitInterruptibly(campaign);
        } catch (InterruptedException e) {
            campaign.cancel(false);
            throw e;
        }
    }

    /**
     * The leader tells another value.
     *
     * @return fails with {@link FencedException} if somebody else was elected meanwhile, or the
     *     lead was revoked
     * @throws IllegalStateException it does not lead
     */
    public CompletableFuture<WriteResult> proclaimAsync(Value value) {
        if (lock.token().isNone()) {
            throw new IllegalStateException("only the leader proclaims, and this is none");
        }
        return write(value);
    }

    /** Blocking {@link #proclaimAsync}. */
    public WriteResult proclaim(Value value) {
        return core.await(proclaimAsync(value));
    }

    private CompletableFuture<WriteResult> write(Value value) {
        return lock.putAsync(key, value, WriteOptions.NONE.asEphemeral());
    }

    /**
     * Leads no more: its record goes, and the next candidate is elected.
     *
     * @return true if it led until now; false if it had been lost. Fails as {@link
     *     FencedLock#unlockAsync}
     * @throws IllegalStateException it does not lead
     */
    public CompletableFuture<Boolean> resignAsync() {
        if (lock.token().isNone()) {
            throw new IllegalStateException("only the leader resigns, and this is none");
        }
        // The record goes first: a successor's would show the token of a grant that is no more.
        return lock.deleteAsync(key, WriteOptions.NONE)
                .handle((gone, refused) -> lock.unlockAsync())
                .thenCompose(unlocked -> unlocked)
                .whenComplete((led, failure) -> engaged.set(false));
    }

    /** Blocking {@link #resignAsync}. */
    public boolean resign() {
        return core.await(resignAsync());
    }

    /** The lead was lost: the candidate may stand again. */
    private void deposed(LockLost event) {
        if (lock.token().equals(event.token())) {
            lock.unlockAsync();
        }
        engaged.set(false);
    }

    // --- what it is ----------------------------------------------------------------------------

    /** Whether nobody else can lead at this moment, by this machine's clocks. */
    public boolean isLeader() {
        return lock.isHeld();
    }

    /** The token by which this candidate leads; {@link FencingToken#NONE} if it does not. */
    public FencingToken token() {
        return lock.token();
    }

    /**
     * The lock of the election: to write other keys as the leader, to see {@link FencedLock#place},
     * or to lose the lead by hand. Locking it by hand is to go around the election.
     */
    public FencedLock lock() {
        return lock;
    }

    /** Calls {@code listener} once each time that this candidate loses the lead, as a lock's. */
    public void onLost(Consumer<LockLost> listener) {
        lock.onLost(listener);
    }

    // --- what others see -----------------------------------------------------------------------

    /** Who leads now; empty if nobody does, or the one elected has not proclaimed yet. */
    public CompletableFuture<Optional<Leader>> leaderAsync() {
        // The record first: a token that is live after it was read was live then.
        return core.records()
                .get(key, ReadOptions.LINEARIZABLE)
                .thenCompose(
                        read ->
                                inspect()
                                        .thenApply(
                                                lockNow ->
                                                        lockNow.flatMap(LockInfo::grant)
                                                                .flatMap(
                                                                        grant ->
                                                                                leader(
                                                                                        read,
                                                                                        grant))));
    }

    private CompletableFuture<Optional<LockInfo>> inspect() {
        return core.read(
                new Request.InspectLock(lock.name(), ReadMode.LINEARIZABLE), Replies::lock);
    }

    private static Optional<Leader> leader(ReadResult read, GrantInfo grant) {
        return read.record()
                .filter(record -> record.token().equals(grant.token()))
                .map(
                        record ->
                                new Leader(
                                        record.value(),
                                        grant.token(),
                                        grant,
                                        record.modifyRevision(),
                                        record.stamp()));
    }

    /** Blocking {@link #leaderAsync}. */
    public Optional<Leader> leader() {
        return core.await(leaderAsync());
    }

    /**
     * Tells who leads, now and whenever that, or its proclamation, changes. Asks at an interval:
     * what begins and ends between two questions is not told. Keeps asking while the cluster does
     * not answer. Runs on the client's callback thread.
     *
     * @param interval from one answer to the next question: 10 ms or more
     * @return to be closed when nobody listens any more
     */
    public Observation observe(Duration interval, Consumer<Optional<Leader>> listener) {
        Check.atLeast(10, interval.toMillis(), "interval in milliseconds");
        Observation observation = new Observation(interval, listener);
        observation.ask();
        return observation;
    }

    /** A listener of an election. Safe from any thread. */
    public final class Observation implements AutoCloseable {
        private final Duration interval;
        private final Consumer<Optional<Leader>> listener;

        private volatile boolean closed;

        /** What was told last. Owned by the event loop, as is below. */
        private Optional<Leader> told = Optional.empty();

        private boolean isTold;

        private Observation(Duration interval, Consumer<Optional<Leader>> listener) {
            this.interval = interval;
            this.listener = listener;
        }

        private void ask() {
            if (!closed) {
                leaderAsync()
                        .whenComplete(
                                (leader, failure) -> {
                                    if (failure == null) {
                                        seen(leader);
                                    }
                                    core.after(interval, this::ask);
                                });
            }
        }

        private void seen(Optional<Leader> leader) {
            if (!closed && !(isTold && proclamation(told) == proclamation(leader))) {
                isTold = true;
                told = leader;
                core.callBack(() -> listener.accept(leader));
            }
        }

        /** A leader has a record, and each proclamation a revision. */
        private static long proclamation(Optional<Leader> leader) {
            return leader.map(Leader::revision).orElse(0L);
        }

        /** The listener is not called again, but for what is on its way to it. */
        @Override
        public void close() {
            closed = true;
        }
    }

    // --- protection ----------------------------------------------------------------------------

    /**
     * Keeps everybody else from writing the record of the election, also who shows no token: sets a
     * guard of it. For administrators, once.
     */
    public CompletableFuture<WriteResult> guardAsync() {
        Guard guard = new Guard(key, lock.name(), GuardRule.STRICT, GuardMode.ENFORCE);
        return core.records().write(false, id -> new Request.SetGuard(id, guard, true));
    }

    /** Blocking {@link #guardAsync}. */
    public WriteResult guard() {
        return core.await(guardAsync());
    }
}
