package dev.fencekv.client;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.LockNames;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.Request;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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

    /** A campaign from its beginning until it has failed, or its lead has ended; else null. */
    private final AtomicReference<@Nullable CompletableFuture<FencingToken>> engaged =
            new AtomicReference<>();

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
        CompletableFuture<FencingToken> campaign = new CompletableFuture<>();
        if (!engaged.compareAndSet(null, campaign)) {
            throw new IllegalStateException("this candidate stands or leads already: resign first");
        }
        CompletableFuture<FencingToken> elected;
        try {
            elected = lock.lockAsync(wait);
        } catch (RuntimeException e) {
            over(campaign);
            throw e;
        }
        // Whatever ended it; does nothing if it has been elected.
        campaign.whenComplete((token, failure) -> elected.cancel(false));
        elected.whenComplete(
                (token, failure) -> {
                    if (failure != null) {
                        over(campaign);
                        campaign.completeExceptionally(failure);
                    } else {
                        begin(campaign, token, value);
                    }
                });
        return campaign;
    }

    /** It is elected: it leads once the others can know of it. */
    private void begin(CompletableFuture<FencingToken> campaign, FencingToken token, Value value) {
        proclaimed(value)
                .whenComplete(
                        (written, failure) -> {
                            if (failure != null) {
                                withdraw(campaign, token)
                                        .whenComplete(
                                                (led, trouble) ->
                                                        campaign.completeExceptionally(
                                                                cause(failure)));
                            } else if (!campaign.complete(token)) {
                                withdraw(campaign, token);
                            }
                        });
    }

    private CompletableFuture<WriteResult> proclaimed(Value value) {
        try {
            return write(value);
        } catch (IllegalStateException e) {
            return CompletableFuture.failedFuture(e); // Deposed in this very moment.
        }
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    /** Elected, but for nothing. Completes, also exceptionally, once it may stand again. */
    private CompletableFuture<Boolean> withdraw(
            CompletableFuture<FencingToken> campaign, FencingToken token) {
        CompletableFuture<Boolean> resigned;
        try {
            resigned =
                    lock.token().equals(token)
                            ? resignAsync()
                            : CompletableFuture.completedFuture(false);
        } catch (IllegalStateException e) {
            resigned = CompletableFuture.failedFuture(e); // Deposed in this very moment.
        }
        return resigned.whenComplete((led, failure) -> over(campaign));
    }

    private void over(@Nullable CompletableFuture<FencingToken> campaign) {
        engaged.compareAndSet(campaign, null);
    }

    /**
     * Blocking {@link #campaignAsync}. A lead that comes just before an interrupt is returned, and
     * the thread stays interrupted.
     *
     * @throws InterruptedException it is no candidate any more
     */
    public FencingToken campaign(Value value, Duration wait) throws InterruptedException {
        return core.awaitOrLeave(campaignAsync(value, wait));
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
        CompletableFuture<FencingToken> campaign = engaged.get();
        FencingToken leading = lock.token();
        // The record goes first: a successor's would show the token of a grant that is no more.
        return lock.deleteAsync(key, WriteOptions.NONE)
                .handle((gone, refused) -> unlock(leading))
                .thenCompose(unlocked -> unlocked)
                .whenComplete((led, failure) -> over(campaign));
    }

    /** Unless the lead was lost meanwhile, and {@link #deposed} has unlocked it. */
    private CompletableFuture<Boolean> unlock(FencingToken leading) {
        return lock.token().equals(leading)
                ? lock.unlockAsync()
                : CompletableFuture.completedFuture(false);
    }

    /** Blocking {@link #resignAsync}. */
    public boolean resign() {
        return core.await(resignAsync());
    }

    /** The lead was lost: the candidate may stand again. */
    private void deposed(LockLost event) {
        CompletableFuture<FencingToken> campaign = engaged.get();
        if (lock.token().equals(event.token())) {
            unlock(event.token());
            over(campaign);
        }
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
     * The lock of the election: to write other keys as the leader, to see {@link FencedLock#place}.
     * Locking or unlocking it by hand is to go around the election.
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
     * Tells who leads, now and whenever that, or its proclamation, changes, as the cluster tells
     * it: nothing is asked while nothing changes. A leader that came and went while others changed
     * may be left out; who leads in the end is not. Goes on at another node when one is lost. Runs
     * on the client's callback thread.
     *
     * @return to be closed when nobody listens any more
     */
    public Observation observe(Consumer<Optional<Leader>> listener) {
        Observation observation = new Observation(listener);
        core.run(observation::begin);
        return observation;
    }

    /** A listener of an election. Safe from any thread. */
    public final class Observation implements AutoCloseable {
        private static final Duration REST = Duration.ofMillis(100);

        private final Consumer<Optional<Leader>> listener;

        private volatile boolean closed;

        // --- owned by the event loop -----------------------------------------------------------

        /** Of the lock and of the record: either tells that something has changed. */
        private final Map<WatchSource<?>, Watch> watches = new HashMap<>();

        /** What was told last. */
        private Optional<Leader> told = Optional.empty();

        private boolean isTold;

        /** A question is on its way; what changed since may be missing from its answer. */
        private boolean isAsking;

        private boolean isChanged;

        private Observation(Consumer<Optional<Leader>> listener) {
            this.listener = listener;
        }

        private void begin() {
            watch(new WatchSource.Locks(LockWatchOptions.of(LockNames.only(lock.name()))));
            watch(new WatchSource.Records(WatchOptions.range(KeyRange.only(key)).withKeysOnly()));
        }

        /**
         * Each watch asks when it has begun: what was before that is in the answer, what comes
         * after it is told. So nothing is missed either where it begins anew, because no node knew
         * any more what came next.
         */
        private <E> void watch(WatchSource<E> source) {
            if (closed) {
                return;
            }
            watches.put(
                    source,
                    EventWatch.begin(
                            core,
                            source,
                            new WatchListener<>() {
                                @Override
                                public void onBegin(long revision) {
                                    core.run(Observation.this::changed);
                                }

                                @Override
                                public void onEvents(WatchBatch<E> batch) {
                                    core.run(Observation.this::changed);
                                }

                                @Override
                                public void onEnd(FenceKvException reason) {
                                    core.after(REST, () -> watch(source));
                                }
                            }));
        }

        private void changed() {
            isChanged = true;
            if (!isAsking && !closed) {
                ask();
            }
        }

        private void ask() {
            isChanged = false;
            isAsking = true;
            leaderAsync().whenComplete((leader, failure) -> core.run(() -> heard(leader, failure)));
        }

        private void heard(Optional<Leader> leader, @Nullable Throwable failure) {
            isAsking = false;
            if (closed) {
                return;
            }
            if (failure != null) {
                core.after(REST, this::changed);
                return;
            }
            seen(leader);
            if (isChanged) {
                ask();
            }
        }

        private void seen(Optional<Leader> leader) {
            if (!(isTold && proclamation(told) == proclamation(leader))) {
                isTold = true;
                told = leader;
                core.callBack(
                        () -> {
                            if (!closed) {
                                listener.accept(leader);
                            }
                        });
            }
        }

        /** A leader has a record, and each proclamation a revision. */
        private static long proclamation(Optional<Leader> leader) {
            return leader.map(Leader::revision).orElse(0L);
        }

        /** The listener is not called again, but for a call that is under way. */
        @Override
        public void close() {
            closed = true;
            core.run(() -> watches.values().forEach(Watch::close));
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
