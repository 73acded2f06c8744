package dev.fencekv.client;

import dev.fencekv.io.SocketIo;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Reply;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets each call answered: chooses a node, sends, judges the reply by {@link RetryDecision}, tries
 * again, gives up at the deadline. Owned by the event loop.
 */
final class Dispatcher implements Connection.Events {
    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

    /** Who must know of replies beyond the call itself. Called on the event loop. */
    interface Watcher {
        /** A node says that the session is over. Before anything else is made of its reply. */
        void sessionExpired(LiveSession session);

        /** The reply is the call's answer. */
        void settled(Call call, Reply reply);

        /**
         * The call is over, by whatever end. Before its listener, so that what that sends next
         * already says so.
         */
        void over(Call call);
    }

    /** More than this would only fill memory: the caller is told to slow down. */
    static final int OPEN_CALLS_MAX = 65_536;

    private static final int CONNECT_TIMEOUT_MS = 1_000;

    /** Follow a named leader at once this often; two nodes that name each other end here. */
    private static final int REDIRECTS_AT_ONCE = 2;

    private final ClientOptions options;
    private final EventLoop loop;
    private final Timers timers;
    private final Clocks clocks;
    private final SeenMarks seen;
    private final Watcher watcher;

    /** Looks names up, which may block. */
    private final Executor lookups;

    private final LeaderTracker leaders;
    private final Map<String, Connection> connections = new HashMap<>();
    private final RandomGenerator random = new SplittableRandom();

    private final OpenCalls open = new OpenCalls();

    /** That the first node was of; no other one is spoken to. None at first. */
    private ClusterId cluster = ClusterId.NONE;

    /** Nodes of another cluster, by mistake among the endpoints. */
    private final Set<String> strangers = new HashSet<>();

    private String lastTrouble = "no answer yet";
    private Timers.@Nullable Timer deadlineTimer;
    private long deadlineTimerNanos;

    Dispatcher(
            ClientOptions options,
            EventLoop loop,
            Timers timers,
            Clocks clocks,
            SeenMarks seen,
            Executor lookups,
            Watcher watcher) {
        this.options = options;
        this.loop = loop;
        this.timers = timers;
        this.clocks = clocks;
        this.seen = seen;
        this.lookups = lookups;
        this.watcher = watcher;
        this.leaders = new LeaderTracker(options.endpoints());
    }

    /** Watches the deadline of a call from now on. False if it was refused, and its end told. */
    boolean admit(Call call) {
        if (open.size() >= OPEN_CALLS_MAX && !call.kind.passesLimits()) {
            call.done = true;
            call.listener.failed(
                    new UnavailableException(
                            "this client has " + OPEN_CALLS_MAX + " requests open; slow down"));
            return false;
        }
        open.add(call);
        armFor(call.deadlineNanos);
        return true;
    }

    /** Sends an admitted call to the node that should answer it. */
    void send(Call call) {
        if (call.done) {
            return;
        }
        long now = clocks.nanos();
        if (!call.hasTime(now)) {
            fail(call, outOfTime(call));
            return;
        }
        String endpoint =
                switch (call.kind) {
                    case WRITE_ONCE, COMMAND, ACQUIRE, KEEP_ALIVE, GIVE_BACK -> leaders.target(now);
                    case READ ->
                            call.attempts == 0
                                    ? leaders.target(now)
                                    : leaders.after(call.lastAsked, now);
                    case READ_FROM -> call.endpoint;
                };
        call.lastAsked = endpoint;
        connection(endpoint).send(call);
    }

    /** Ends a call without a reply. Does nothing if it is over. */
    void fail(Call call, FenceKvException failure) {
        if (finish(call)) {
            watcher.over(call);
            call.listener.failed(failure);
        }
    }

    /** Ends a call with a reply. */
    void settle(Call call, Reply reply, boolean more) {
        if (finish(call)) {
            watcher.settled(call, reply);
            watcher.over(call);
            call.listener.settled(reply, more);
        }
    }

    /** Calls that would go on as long as their session end with it. */
    void sessionOver(LiveSession session, SessionExpiredException failure) {
        for (Call call : open.copy()) {
            boolean endsWithIt = call.kind == Call.Kind.ACQUIRE || call.kind == Call.Kind.GIVE_BACK;
            if (endsWithIt && call.session == session && call.sequence != 0) {
                fail(call, failure);
            }
        }
    }

    /** Ends every call; those that may have applied say so. */
    void failAll(String why) {
        for (Call call : open.copy()) {
            fail(call, ended(call, why));
        }
    }

    void closeConnections() {
        for (Connection connection : new ArrayList<>(connections.values())) {
            connection.close("this client is closed");
        }
    }

    /** This connection has opened the session: no need to show its nonce there. */
    void sessionOpened(Call opening, LiveSession session) {
        Connection connection = connections.get(opening.lastAsked);
        if (connection != null) {
            connection.opened(session.id());
        }
    }

    // --- what connections tell -----------------------------------------------------------------

    @Override
    public void greeted(Connection connection, Reply.Hello hello) {
        ClusterId ofNode = hello.cluster();
        if (cluster.isNone()) {
            cluster = ofNode; // Also none if it is not formed yet.
        } else if (!ofNode.isNone() && !ofNode.equals(cluster)) {
            leaders.unreachable(connection.endpoint(), clocks.nanos());
            strangers.add(connection.endpoint());
            connection.close("is of cluster " + ofNode + ", the others are of " + cluster);
            return;
        }
        leaders.reached(connection.endpoint());
        strangers.remove(connection.endpoint());
        if (!hello.leader().isEmpty() && !leaders.knowsLeader()) {
            leaders.learned(hello.leader(), clocks.nanos());
        }
    }

    @Override
    public void reply(Connection connection, Call call, Reply reply, boolean more) {
        if (reply.status() == Status.OK) {
            seen.observeRevision(reply.revision());
        }
        boolean wasDone = call.done;
        LiveSession session = call.session;
        if (reply.status() == Status.SESSION_EXPIRED && session != null) {
            watcher.sessionExpired(session);
        }
        if (wasDone) {
            call.listener.followUp(reply);
            return;
        }
        RetryDecision decision =
                RetryDecision.of(
                        reply.status(),
                        outcomesGone(reply),
                        call.mayHaveBeenProposed,
                        call.kind.repeat);
        if (decision != RetryDecision.SETTLE) {
            call.trouble = connection.endpoint() + " says " + reply.status();
            if (reply.body() instanceof Reply.Message said) {
                call.trouble += ": " + said.text();
            }
            lastTrouble = call.trouble;
        }
        if (call.kind == Call.Kind.READ_FROM) {
            decision = RetryDecision.SETTLE;
        }
        act(decision, call, reply, more);
    }

    private void act(RetryDecision decision, Call call, Reply reply, boolean more) {
        switch (decision) {
            case SETTLE -> settle(call, reply, more);
            case REPORT_UNKNOWN ->
                    fail(
                            call,
                            new OutcomeUnknownException(
                                    call.trouble + ", but an earlier attempt may have applied"));
            case REDIRECT -> redirect(call, reply);
            case RETRY_LATER -> retryLater(call);
            case LOWER_STAMP -> {
                // What a node has applied is accepted by every later leader.
                call.stamp = reply.stamp();
                retryLater(call);
            }
            case ASK_AGAIN -> {
                call.mayHaveBeenProposed = true;
                retryLater(call);
            }
            case TRY_ANOTHER_NODE -> {
                if (reply.status() == Status.COMPACTED && isInNoHistory(call)) {
                    settle(call, reply, more);
                } else {
                    retryLater(call);
                }
            }
        }
    }

    /**
     * Whether all nodes have said that it left their history, but for those that cannot be reached:
     * a node that had no answer yet, or was not asked, may have it. To be called when one says so.
     */
    private boolean isInNoHistory(Call call) {
        call.ruleOut(call.lastAsked);
        strangers.forEach(call::ruleOut);
        return call.hasRuledOut(leaders.reachable(clocks.nanos()));
    }

    private void redirect(Call call, Reply reply) {
        String named = reply.body() instanceof Reply.NotLeader notLeader ? notLeader.leader() : "";
        leaders.notLeader(call.lastAsked);
        boolean followed =
                !named.isEmpty()
                        && !named.equals(call.lastAsked)
                        && leaders.learned(named, clocks.nanos());
        if (followed && call.redirects < REDIRECTS_AT_ONCE) {
            call.attempts++;
            call.redirects++;
            send(call);
        } else {
            retryLater(call);
        }
    }

    private void retryLater(Call call) {
        if (call.done) {
            return;
        }
        long delay = Backoff.nanos(call.attempts, random);
        call.attempts++;
        call.redirects = 0;
        timers.after(delay, () -> send(call));
    }

    @Override
    public void unsent(Call call) {
        Connection connection = connections.get(call.lastAsked);
        if (connection == null) {
            if (call.kind == Call.Kind.READ_FROM) {
                fail(call, new UnavailableException(call.trouble));
            } else {
                retryLater(call);
            }
        } else if (call.kind == Call.Kind.READ || call.kind == Call.Kind.READ_FROM) {
            connection.send(call);
        } else {
            send(call); // The node has greeted: to it, or to the leader that it has named.
        }
    }

    @Override
    public void unwritable(Call call, RuntimeException why) {
        String message = "the request breaks a limit: " + why.getMessage();
        fail(
                call,
                call.couldBeProposed()
                        ? new OutcomeUnknownException(message)
                        : new FenceKvException(Status.INVALID_ARGUMENT, message, why));
    }

    @Override
    public void lost(Connection connection, Call call) {
        if (call.done) {
            call.listener.followUpLost();
            return;
        }
        call.trouble = connection.endpoint() + ": connection lost";
        switch (RetryDecision.ofLostConnection(call.kind.repeat)) {
            case ASK_AGAIN -> {
                call.mayHaveBeenProposed = true;
                retryLater(call);
            }
            case TRY_ANOTHER_NODE -> {
                if (call.kind == Call.Kind.READ_FROM) {
                    fail(call, new UnavailableException(call.trouble));
                } else {
                    retryLater(call);
                }
            }
            case REPORT_UNKNOWN, SETTLE, REDIRECT, RETRY_LATER, LOWER_STAMP ->
                    fail(call, new OutcomeUnknownException(call.trouble));
        }
    }

    @Override
    public void closed(Connection connection, boolean unreachable, String why) {
        connections.remove(connection.endpoint(), connection);
        if (unreachable) {
            leaders.unreachable(connection.endpoint(), clocks.nanos());
        } else {
            leaders.notLeader(connection.endpoint()); // Perhaps; the others will tell.
        }
        String trouble = connection.endpoint() + ": " + why;
        lastTrouble = trouble;
        for (Call call : open.copy()) {
            if (call.lastAsked.equals(connection.endpoint())) {
                call.trouble = trouble;
                if (unreachable && call.kind == Call.Kind.READ) {
                    call.ruleOut(connection.endpoint());
                }
            }
        }
    }

    // --- connecting ----------------------------------------------------------------------------

    private Connection connection(String endpoint) {
        Connection known = connections.get(endpoint);
        if (known != null) {
            return known;
        }
        Connection connection =
                new Connection(endpoint, this, seen, clocks, options.silence().toNanos());
        connections.put(endpoint, connection);
        lookUp(endpoint, connection);
        return connection;
    }

    private void lookUp(String endpoint, Connection connection) {
        InetSocketAddress address = Endpoints.parse(endpoint);
        String host = address.getHostString();
        int port = address.getPort();
        if (Endpoints.isAddress(host)) {
            connect(new InetSocketAddress(host, port), connection);
            return;
        }
        lookups.execute(() -> connectOnLoop(new InetSocketAddress(host, port), connection));
        // A resolver may take longer than the caller has time: then another node's turn has come.
        loop.schedule(
                () -> connection.giveUpUnlessConnecting("looking up the host takes too long"),
                CONNECT_TIMEOUT_MS,
                TimeUnit.MILLISECONDS);
    }

    private void connectOnLoop(InetSocketAddress address, Connection connection) {
        try {
            loop.execute(() -> connect(address, connection));
        } catch (RejectedExecutionException e) {
            log.debug("the client was closed while {} was looked up", address, e);
        }
    }

    private void connect(InetSocketAddress address, Connection connection) {
        if (!connection.beginConnecting()) {
            return;
        }
        if (address.isUnresolved()) {
            connection.failedToConnect("no such host");
            return;
        }
        new Bootstrap()
                .group(loop)
                .disableResolver() // It is resolved.
                .channelFactory(SocketIo::newChannel)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
                .handler(initializer(address, connection))
                .connect(address)
                .addListener(
                        (ChannelFutureListener)
                                future -> {
                                    if (!future.isSuccess()) {
                                        connection.failedToConnect(
                                                "cannot connect: " + reason(future.cause()));
                                    }
                                });
    }

    private ChannelInitializer<Channel> initializer(
            InetSocketAddress address, Connection connection) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                SslContext tls = options.tls();
                if (tls != null) {
                    channel.pipeline()
                            .addLast(
                                    tls.newHandler(
                                            channel.alloc(),
                                            address.getHostString(),
                                            address.getPort()));
                }
                channel.pipeline().addLast(connection.handlers());
            }
        };
    }

    private static String reason(Throwable cause) {
        Throwable root = cause.getCause() == null ? cause : cause.getCause();
        return String.valueOf(root.getMessage());
    }

    // --- deadlines -----------------------------------------------------------------------------

    private void armFor(long deadlineNanos) {
        if (deadlineNanos == Call.NO_DEADLINE
                || deadlineTimer != null && deadlineTimerNanos - deadlineNanos <= 0) {
            return;
        }
        if (deadlineTimer != null) {
            deadlineTimer.cancel();
        }
        deadlineTimerNanos = deadlineNanos;
        deadlineTimer =
                timers.after(Math.max(0, deadlineNanos - clocks.nanos()), this::deadlinePassed);
    }

    /** Looks at all open calls, seldom: only when the earliest deadline of the last look is due. */
    private void deadlinePassed() {
        deadlineTimer = null;
        long now = clocks.nanos();
        List<Call> due = new ArrayList<>();
        long earliest = Call.NO_DEADLINE;
        for (Call call : open.copy()) {
            if (!call.hasTime(now)) {
                due.add(call);
            } else if (call.deadlineNanos != Call.NO_DEADLINE
                    && call.deadlineNanos - now > 0
                    && (earliest == Call.NO_DEADLINE || call.deadlineNanos - earliest < 0)) {
                earliest = call.deadlineNanos;
            }
        }
        armFor(earliest);
        for (Call call : due) {
            fail(call, outOfTime(call));
        }
    }

    private FenceKvException outOfTime(Call call) {
        return ended(call, "no answer before the deadline");
    }

    private FenceKvException ended(Call call, String why) {
        // A command that waits for its session knows nothing; the session's opening does.
        String message = why + ": " + (call.lastAsked.isEmpty() ? lastTrouble : call.trouble);
        return call.couldBeProposed() && call.kind.repeat != RetryDecision.Repeat.FREELY
                ? new OutcomeUnknownException(message)
                : new UnavailableException(message);
    }

    private boolean finish(Call call) {
        if (call.done) {
            return false;
        }
        call.done = true;
        open.remove(call);
        return true;
    }

    private static boolean outcomesGone(Reply reply) {
        // An expiry that does not say so may have forgotten.
        return !(reply.body() instanceof Reply.SessionExpired expired) || expired.outcomesGone();
    }
}
