package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;
import dev.fencekv.io.SocketIo;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inside of a client, wired together, and the border between the threads of users and the event
 * loop that owns everything.
 *
 * <p>Guarantees: 1. Every method is safe from any thread. 2. Futures complete on the event loop,
 * listeners run on the callback thread.
 */
final class ClientCore {
    private static final Logger log = LoggerFactory.getLogger(ClientCore.class);

    private static final int LOOKUPS_MAX = 4;

    private final ClientOptions options;

    /** Null if the event loop is somebody else's. */
    private final @Nullable EventLoopGroup ownLoops;

    private final EventLoop loop;
    private final Clocks clocks;
    private final Timers timers;
    private final SeenMarks seen;
    private final Grants grants;
    private final Records records = new Records(this);
    private final SessionKeeper keeper;
    private final Dispatcher dispatcher;

    /** One thread, so that losses are told in order; users' code may block it. */
    private final ExecutorService callbacks;

    /** More than one, so that a name whose lookup hangs does not hold up the others. */
    private final ExecutorService lookups;

    private final List<Consumer<SessionId>> sessionListeners;
    private final CompletableFuture<Void> closed;

    /** Set once, on the event loop. Shared with the views. */
    private final AtomicBoolean closing;

    private ClientCore(
            ClientOptions options,
            WallClock wall,
            MonotonicClock monotonic,
            @Nullable Timers timers) {
        this.options = options;
        EventLoopGroup given = options.eventLoops();
        this.ownLoops = given == null ? SocketIo.eventLoops("fencekv-client", 1) : null;
        this.loop = Check.present(given == null ? ownLoops : given, "event loops").next();
        this.clocks = new Clocks(wall, monotonic);
        this.timers = timers == null ? this::schedule : timers;
        this.seen = new SeenMarks();
        this.grants = new Grants();
        this.callbacks = threads("fencekv-callbacks", 1);
        this.lookups = threads("fencekv-lookups", LOOKUPS_MAX);
        this.sessionListeners = new CopyOnWriteArrayList<>();
        this.closed = new CompletableFuture<>();
        this.closing = new AtomicBoolean();
        this.keeper =
                new SessionKeeper(options, clocks, this.timers, grants, this::tellSessionListeners);
        this.dispatcher = new Dispatcher(options, loop, this.timers, clocks, seen, lookups, keeper);
        keeper.use(dispatcher);
    }

    private ClientCore(ClientCore shared, ClientOptions options) {
        this.options = options;
        this.ownLoops = shared.ownLoops;
        this.loop = shared.loop;
        this.clocks = shared.clocks;
        this.timers = shared.timers;
        this.seen = shared.seen;
        this.grants = shared.grants;
        this.callbacks = shared.callbacks;
        this.lookups = shared.lookups;
        this.sessionListeners = shared.sessionListeners;
        this.closed = shared.closed;
        this.closing = shared.closing;
        this.keeper = shared.keeper;
        this.dispatcher = shared.dispatcher;
    }

    /** The same client, whose requests have another time to take. */
    ClientCore withRequestTimeout(Duration timeout) {
        return new ClientCore(this, options.withRequestTimeout(timeout));
    }

    static ClientCore start(
            ClientOptions options,
            WallClock wall,
            MonotonicClock monotonic,
            @Nullable Timers timers) {
        return new ClientCore(options, wall, monotonic, timers);
    }

    private Timers.Timer schedule(long nanos, Runnable task) {
        ScheduledFuture<?> scheduled = loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
    }

    private static ExecutorService threads(String name, int most) {
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(
                        most,
                        most,
                        1,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        new DefaultThreadFactory(name, true));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    ClientOptions options() {
        return options;
    }

    Clocks clocks() {
        return clocks;
    }

    Records records() {
        return records;
    }

    // --- requests ------------------------------------------------------------------------------

    <T> CompletableFuture<T> read(Request request, Function<Reply, T> meaning) {
        Answer<T> answer = new Answer<>(meaning);
        return start(Call.plain(Call.Kind.READ, request, deadlineNanos(), answer), answer);
    }

    <T> CompletableFuture<T> readFrom(
            String endpoint, Request request, Function<Reply, T> meaning) {
        Answer<T> answer = new Answer<>(meaning);
        return start(Call.readFrom(endpoint, request, deadlineNanos(), answer), answer);
    }

    /** A write without a session. */
    <T> CompletableFuture<T> writeOnce(Request request, Function<Reply, T> meaning) {
        Answer<T> answer = new Answer<>(meaning);
        return start(Call.plain(Call.Kind.WRITE_ONCE, request, deadlineNanos(), answer), answer);
    }

    /** A command of the client's session, opened if need be. */
    <T> CompletableFuture<T> command(
            Function<RequestId, Request> request, Function<Reply, T> meaning) {
        Answer<T> answer = new Answer<>(meaning);
        return start(Call.command(Call.Kind.COMMAND, request, deadlineNanos(), answer), answer);
    }

    private <T> CompletableFuture<T> start(Call call, Answer<T> answer) {
        answer.endsCall(this, call);
        post(() -> submit(call), answer);
        return answer;
    }

    /**
     * Nobody wants the answer any more. What was not sent never will be; what was sent is not sent
     * again, and its number is settled, as at the deadline: its outcome stays unknown.
     */
    void giveUp(Call call) {
        try {
            loop.execute(() -> dispatcher.fail(call, new OutcomeUnknownException("given up")));
        } catch (RejectedExecutionException e) {
            log.debug("the client is closed: all its calls are over", e);
        }
    }

    private void submit(Call call) {
        if (closing.get()) {
            call.done = true;
            call.listener.failed(new UnavailableException(SessionKeeper.CLOSED));
        } else if (call.kind == Call.Kind.COMMAND) {
            keeper.submit(call);
        } else if (dispatcher.admit(call)) {
            dispatcher.send(call);
        }
    }

    /** Sends a call made elsewhere. On the event loop. */
    void send(Call call) {
        submit(call);
    }

    /** Runs {@code task} on the event loop, unless the client is closed. */
    void run(Runnable task) {
        onLoop(task, new CompletableFuture<>());
    }

    /** Runs {@code task} later. On the event loop. */
    Timers.Timer after(long nanos, Runnable task) {
        return timers.after(nanos, task);
    }

    long deadlineNanos() {
        return clocks.nanos() + options.requestTimeout().toNanos();
    }

    // --- session and locks ---------------------------------------------------------------------

    CompletableFuture<SessionId> openSession() {
        CompletableFuture<SessionId> opened = new CompletableFuture<>();
        onLoop(() -> forward(keeper.open(), opened), opened);
        return opened;
    }

    Optional<SessionId> sessionId() {
        return keeper.id();
    }

    void onSessionLost(Consumer<SessionId> listener) {
        sessionListeners.add(listener);
    }

    private void tellSessionListeners(SessionId session) {
        for (Consumer<SessionId> listener : sessionListeners) {
            callBack(() -> listener.accept(session));
        }
    }

    /** Runs a user's code off the event loop. */
    void callBack(Runnable listener) {
        try {
            callbacks.execute(
                    () -> {
                        try {
                            listener.run();
                        } catch (RuntimeException e) {
                            log.warn("a listener failed", e);
                        }
                    });
        } catch (RejectedExecutionException e) {
            log.debug("the client is closed: a listener is not called", e);
        }
    }

    /**
     * An attempt to get a lock.
     *
     * @param waitMs 0 for a try
     * @param last of a reclaim; else NONE
     * @param permits {@link FencedLock#EXCLUSIVE}, 0 for a reader, else of a semaphore
     */
    Acquisition acquisition(
            LockName lock,
            long owner,
            long waitMs,
            long lockDelayMs,
            FencingToken last,
            int permits) {
        return new Acquisition(
                keeper,
                timers,
                clocks,
                lock,
                owner,
                waitMs,
                lockDelayMs,
                last,
                permits,
                options.requestTimeout().toNanos());
    }

    /**
     * Starts {@code acquisition}; {@code onLost} is called on the callback thread, once at most.
     */
    CompletableFuture<Grant> acquire(Acquisition acquisition, Consumer<LockLost> onLost) {
        CompletableFuture<Grant> granted = new CompletableFuture<>();
        onLoop(
                () ->
                        acquisition
                                .start()
                                .whenComplete(
                                        (grant, failure) -> {
                                            if (failure != null) {
                                                granted.completeExceptionally(failure);
                                            } else {
                                                grants.add(
                                                        grant,
                                                        lost ->
                                                                callBack(
                                                                        () -> onLost.accept(lost)));
                                                granted.complete(grant);
                                            }
                                        }),
                granted);
        return granted;
    }

    /** Runs {@code task} once, on the event loop, {@code delay} from now. */
    void after(Duration delay, Runnable task) {
        onLoop(() -> timers.after(delay.toNanos(), task), new CompletableFuture<>());
    }

    void giveUp(Acquisition acquisition) {
        onLoop(acquisition::giveUp, new CompletableFuture<>());
    }

    /** Completes when apply has settled the release, however long that takes, or it is moot. */
    CompletableFuture<Reply> release(Grant grant) {
        Answer<Reply> reply = new Answer<>(Function.identity());
        Call call =
                Call.command(
                        Call.Kind.GIVE_BACK,
                        id -> new Request.Release(id, grant.lock(), grant.token()),
                        Call.NO_DEADLINE,
                        reply);
        onLoop(
                () -> {
                    grants.remove(grant);
                    keeper.submitPinned(grant.session(), call);
                },
                reply);
        return reply;
    }

    /** A view of {@code future} that says OUTCOME_UNKNOWN when the request timeout has passed. */
    <T> CompletableFuture<T> untilTimeout(CompletableFuture<T> future, String what) {
        CompletableFuture<T> view = new CompletableFuture<>();
        forward(future, view);
        onLoop(
                () -> {
                    Timers.Timer timer =
                            timers.after(
                                    options.requestTimeout().toNanos(),
                                    () ->
                                            view.completeExceptionally(
                                                    new OutcomeUnknownException(
                                                            what
                                                                    + ": no answer yet; still trying")));
                    view.whenComplete((value, failure) -> onLoop(timer::cancel, view));
                },
                view);
        return view;
    }

    /** Somebody saw that the session is not certainly held: confirm it, or tell its end. */
    void noticed(LiveSession session) {
        if (session.noticePosted.compareAndSet(false, true)) {
            onLoop(
                    () -> {
                        session.noticePosted.set(false);
                        keeper.noticed(session);
                    },
                    new CompletableFuture<>());
        }
    }

    /** Completes once a suspect session is confirmed, or over. */
    CompletableFuture<Void> confirm(LiveSession session) {
        CompletableFuture<Void> confirmed = new CompletableFuture<>();
        onLoop(() -> forward(keeper.confirm(session), confirmed), confirmed);
        return confirmed;
    }

    // --- what it has seen ----------------------------------------------------------------------

    HybridTimestamp lastSeenStamp() {
        return seen.stamp();
    }

    void observe(HybridTimestamp stamp) {
        seen.observe(stamp);
    }

    long lastSeenRevision() {
        return seen.revision();
    }

    // --- threads -------------------------------------------------------------------------------

    boolean isLoopThread() {
        return loop.inEventLoop();
    }

    /** Waits for {@code future} and throws what it failed with. */
    <T> T await(CompletableFuture<T> future) {
        try {
            return awaitInterruptibly(future);
        } catch (InterruptedException e) {
            boolean ended = future.cancel(false); // Not sent if it was not.
            Thread.currentThread().interrupt();
            if (!ended) {
                return answered(future); // It came just now: not to be lost.
            }
            throw new OutcomeUnknownException("interrupted while waiting for the answer");
        }
    }

    /** Interrupted, it leaves {@code future}, unless that has ended just now. */
    <T> T awaitOrLeave(CompletableFuture<T> future) throws InterruptedException {
        try {
            return awaitInterruptibly(future);
        } catch (InterruptedException e) {
            if (future.cancel(false)) {
                throw e;
            }
            Thread.currentThread().interrupt();
            return answered(future); // A grant that nobody knows of would be held for ever.
        }
    }

    <T> T awaitInterruptibly(CompletableFuture<T> future) throws InterruptedException {
        if (isLoopThread() && !future.isDone()) {
            throw new IllegalStateException(
                    "blocking calls would stop the client's I/O thread; use the asynchronous form");
        }
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw thrown(e.getCause());
        }
    }

    private static <T> T answered(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            throw thrown(e.getCause());
        }
    }

    private static RuntimeException thrown(Throwable failure) {
        return failure instanceof RuntimeException known
                ? known
                : new FenceKvException(Status.UNAVAILABLE, String.valueOf(failure), failure);
    }

    /** Runs {@code task} on the event loop; what cannot run there fails {@code result}. */
    private void onLoop(Runnable task, CompletableFuture<?> result) {
        post(
                () -> {
                    if (closing.get()) {
                        result.completeExceptionally(closedException());
                    } else {
                        task.run();
                    }
                },
                result);
    }

    /** As {@link #onLoop}, but {@code task} may find the client closing. */
    private void post(Runnable task, CompletableFuture<?> result) {
        if (closing.get()) {
            result.completeExceptionally(closedException());
            return;
        }
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(closedException());
        }
    }

    private static IllegalStateException closedException() {
        return new IllegalStateException("this client is closed");
    }

    static <T> void forward(CompletableFuture<T> from, CompletableFuture<T> to) {
        from.whenComplete(
                (value, failure) -> {
                    if (failure != null) {
                        to.completeExceptionally(failure);
                    } else {
                        to.complete(value);
                    }
                });
    }

    // --- closing -------------------------------------------------------------------------------

    CompletableFuture<Void> close() {
        onLoop(this::beginClose, new CompletableFuture<>());
        return closed;
    }

    private void beginClose() {
        closing.set(true);
        grants.releaseAll();
        CompletableFuture<Void> ended = keeper.close();
        // By the loop's own clock: injected ones may stand still.
        ScheduledFuture<?> bound =
                loop.schedule(
                        () -> ended.complete(null),
                        KvClient.closeTimeout().toMillis(),
                        TimeUnit.MILLISECONDS);
        ended.whenComplete(
                (nothing, failure) -> {
                    bound.cancel(false);
                    shutDown();
                });
    }

    private void shutDown() {
        dispatcher.failAll(SessionKeeper.CLOSED);
        dispatcher.closeConnections();
        callbacks.shutdown();
        lookups.shutdown();
        closed.complete(null);
        if (ownLoops != null) {
            ownLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
