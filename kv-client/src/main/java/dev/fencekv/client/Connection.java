package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.client.RetryDecision.Repeat;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Status;
import dev.fencekv.wire.Frame;
import dev.fencekv.wire.FrameDecoder;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.ReplyCodec;
import dev.fencekv.wire.Request;
import dev.fencekv.wire.RequestCodec;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection to one node, from before it is connected until it is gone: greets, numbers
 * requests, writes them in batches, matches replies. Owned by the event loop; used once, a new
 * attempt to reach the node is a new object.
 */
final class Connection {
    private static final Logger log = LoggerFactory.getLogger(Connection.class);

    /** What a connection tells its owner. Called on the event loop. */
    interface Events {
        /**
         * The node has greeted; what waits is handed to {@link #unsent} next, to be routed anew.
         */
        void greeted(Connection connection, Reply.Hello hello);

        void reply(Connection connection, Call call, Reply reply, boolean more);

        /** Never written. */
        void unsent(Call call);

        /** Cannot be written at all, by its own fault. */
        void unwritable(Call call, RuntimeException why);

        /** Written, and no reply will come. */
        void lost(Connection connection, Call call);

        /**
         * No reply will come any more. Told before what it carried is lost or unsent.
         *
         * @param unreachable whether another try would likely fail as well: it never greeted, or
         *     fell silent
         */
        void closed(Connection connection, boolean unreachable, String why);
    }

    private static final String PROGRAM = "fencekv-java";

    /** Several requests are written at once; beyond this they are written without waiting. */
    private static final int BATCH_BYTES = 64 * 1024;

    private static final int BATCH_BYTES_FIRST = 512;

    /** The node refuses to bind twice as many to one connection. */
    private static final int SESSIONS_MAX = 32;

    /**
     * Requests beyond these wait here for earlier ones to be answered. A node takes 4096 requests
     * and 16 MiB from a connection at a time; the rest is for what passes limits.
     */
    static final int IN_FLIGHT_MAX = 4_000;

    static final int IN_FLIGHT_BYTES_MAX = 12 * 1024 * 1024;

    private final String endpoint;
    private final Events events;
    private final SeenMarks seen;
    private final Clocks clocks;
    private final long silenceNanos;
    private final Runnable flush = this::flush;

    /** Calls that wait for the connection, the greeting, or room. */
    private final Deque<Call> waiting = new ArrayDeque<>();

    private final UnansweredCalls unanswered = new UnansweredCalls();

    /** Sessions whose nonce this connection has shown, or that it has opened. */
    private final Set<SessionId> bound = new HashSet<>();

    /** One of those that are bound, to find that out quickly; null at first. */
    private @Nullable LiveSession lastUsed;

    /** Invariant: how many of {@link #unanswered} have had no reply at all, and their bytes. */
    private int inFlight;

    private long inFlightBytes;

    private @Nullable Channel channel;
    private @Nullable ByteBuf batch;

    private boolean flushScheduled;
    private boolean connecting;
    private boolean active;
    private boolean greeted;
    private boolean closed;
    private long helloCorrelation;

    /** Since the last look, has the node sent anything? */
    private boolean heard;

    private boolean pinged;
    private boolean silent;
    private boolean watching;
    private String reason = "connection closed by the node";

    Connection(String endpoint, Events events, SeenMarks seen, Clocks clocks, long silenceNanos) {
        this.endpoint = endpoint;
        this.events = events;
        this.seen = seen;
        this.clocks = clocks;
        this.silenceNanos = silenceNanos;
    }

    String endpoint() {
        return endpoint;
    }

    /** Sends the call now, or as soon as it can be. */
    void send(Call call) {
        if (closed) {
            events.unsent(call);
        } else if (greeted ? hasRoomFor(call) : goesBehindTheGreeting(call)) {
            write(call);
        } else {
            waiting.add(call);
        }
    }

    private boolean hasRoomFor(Call call) {
        return call.kind.passesLimits() || waiting.isEmpty() && hasRoom();
    }

    private boolean hasRoom() {
        return inFlight < IN_FLIGHT_MAX && inFlightBytes < IN_FLIGHT_BYTES_MAX;
    }

    /**
     * Whether the call may be written before the node has answered the greeting, which saves a
     * round trip. Not if that could make unknown what is known: a node that accepts connections and
     * then says nothing would.
     */
    private boolean goesBehindTheGreeting(Call call) {
        boolean nothingToLose = call.kind.repeat == Repeat.FREELY || call.mayHaveBeenProposed;
        return active && nothingToLose && hasRoom();
    }

    /** This connection has opened {@code session}, which binds it. */
    void opened(SessionId session) {
        bound.add(session);
    }

    /** The channel's first and last handler of frames. */
    ChannelInboundHandlerAdapter[] handlers() {
        return new ChannelInboundHandlerAdapter[] {new FrameDecoder(), new Inbound()};
    }

    /** Once, when the node's address is known. False if it is too late. */
    boolean beginConnecting() {
        connecting = true;
        return !closed;
    }

    /** Nobody connects yet, and it has taken too long. */
    void giveUpUnlessConnecting(String why) {
        if (!connecting) {
            failedToConnect(why);
        }
    }

    /** The channel could not be connected. */
    void failedToConnect(String why) {
        reason = why;
        end();
    }

    void close(String why) {
        if (closed) {
            return;
        }
        reason = why;
        if (channel != null) {
            flush();
            channel.close();
        }
        end();
    }

    // --- writing -----------------------------------------------------------------------------

    private void write(Call call) {
        LiveSession session = call.session;
        if (call.done
                || call.givenUp
                || session != null && session != lastUsed && !use(session, call)) {
            return;
        }
        long correlation = unanswered.nextNumber();
        ByteBuf out = batch();
        int before = out.writerIndex();
        try {
            HybridTimestamp stamp = call.stamp;
            RequestCodec.encode(
                    call.build(), correlation, stamp == null ? seen.stamp() : stamp, out);
        } catch (RuntimeException e) {
            events.unwritable(call, e);
            return;
        }
        unanswered.add(correlation, call);
        call.underWay = true;
        call.bytes = out.writerIndex() - before;
        inFlight++;
        inFlightBytes += call.bytes;
        if (call.kind == Call.Kind.KEEP_ALIVE) {
            call.lastSent = clocks.read();
            if (call.firstSent == null) {
                call.firstSent = call.lastSent;
            }
        }
        written();
    }

    /** The session of the call to be written is bound. False if the connection was closed. */
    private boolean use(LiveSession session, Call call) {
        if (!bound.contains(session.id())) {
            if (bound.size() >= SESSIONS_MAX) {
                // Closed first: or the call would be sent here again.
                close("has served too many sessions");
                events.unsent(call);
                return false;
            }
            bound.add(session.id());
            writeHello(session.id(), session.nonce());
        }
        lastUsed = session;
        return true;
    }

    private void writeWhatMayBe() {
        for (int i = waiting.size(); i > 0; i--) {
            Call call = waiting.remove();
            if (goesBehindTheGreeting(call)) {
                write(call);
            } else {
                waiting.add(call);
            }
        }
    }

    /** Answers have made room. */
    private void writeWhatFits() {
        while (greeted && !closed && !waiting.isEmpty() && hasRoom()) {
            write(waiting.remove());
        }
    }

    private long writeHello(SessionId session, SessionNonce nonce) {
        long correlation = unanswered.nextNumber();
        RequestCodec.encode(
                new Request.Hello(Frame.VERSION, Frame.VERSION, 0, PROGRAM, session, nonce),
                correlation,
                seen.stamp(),
                batch());
        written();
        return correlation;
    }

    private ByteBuf batch() {
        ByteBuf current = batch;
        if (current == null) {
            current = channel().alloc().ioBuffer(BATCH_BYTES_FIRST);
            batch = current;
        }
        return current;
    }

    /** Requests of one turn of the event loop leave together: one write, one packet. */
    private void written() {
        if (batch().readableBytes() >= BATCH_BYTES) {
            flush();
        } else if (!flushScheduled) {
            flushScheduled = true;
            channel().eventLoop().execute(flush);
        }
        watch();
    }

    private void flush() {
        flushScheduled = false;
        ByteBuf current = batch;
        batch = null;
        if (current != null) {
            channel().writeAndFlush(current, channel().voidPromise());
        }
    }

    private Channel channel() {
        return Check.present(channel, "channel");
    }

    // --- a node that says nothing --------------------------------------------------------------

    /** A stopped node keeps its connections open: ask, and if it stays silent, leave. */
    private void watch() {
        if (!watching) {
            watching = true;
            heard = false;
            pinged = false;
            lookAgain();
        }
    }

    private void lookAgain() {
        channel().eventLoop().schedule(this::look, silenceNanos, TimeUnit.NANOSECONDS);
    }

    private void look() {
        if (closed) {
            return;
        }
        boolean idle = unanswered.isEmpty() && greeted;
        if (idle) {
            watching = false;
        } else if (heard || !pinged) {
            pinged = !heard;
            if (pinged && greeted) {
                RequestCodec.encode(
                        new Request.Ping(), unanswered.nextNumber(), seen.stamp(), batch());
                flush();
            }
            heard = false;
            lookAgain();
        } else {
            silent = true;
            close("the node does not answer");
        }
    }

    // --- reading -----------------------------------------------------------------------------

    private void received(Reply reply, long correlation, boolean more) {
        seen.observe(reply.stamp());
        if (correlation == helloCorrelation && !greeted) {
            receivedHello(reply);
            return;
        }
        if (correlation == Frame.NO_REQUEST) {
            log.debug("{} ends the connection: {}", endpoint, reply);
            reason = Replies.exception(reply).getMessage();
            return;
        }
        Call call = more ? unanswered.find(correlation) : unanswered.remove(correlation);
        if (call != null) {
            answered(call);
            events.reply(this, call, reply, more);
            writeWhatFits();
        } else if (reply.opcode() == Opcode.HELLO && reply.status() != Status.OK) {
            // A session is not bound here although we believed it would be: begin anew.
            close("cannot bind a session: " + reply.status());
        }
    }

    /** A place in a queue is an answer too: waiting for a lock is no load. */
    private void answered(Call call) {
        if (call.underWay) {
            call.underWay = false;
            inFlight--;
            inFlightBytes -= call.bytes;
        }
    }

    private void receivedHello(Reply reply) {
        if (reply.status() != Status.OK || !(reply.body() instanceof Reply.Hello hello)) {
            refuse(reply);
            return;
        }
        greeted = true;
        events.greeted(this, hello);
        drainWaiting();
    }

    /**
     * The node does not want to talk to us: that is its answer to all that waits, and to what came
     * behind the greeting, which it does not read. But what gives back has not reached the store:
     * another node may take it there.
     */
    private void refuse(Reply reply) {
        List<Call> calls = takeUnanswered();
        calls.addAll(waiting);
        waiting.clear();
        for (Call call : calls) {
            if (call.kind == Call.Kind.GIVE_BACK) {
                waiting.add(call);
            } else {
                events.reply(this, call, reply, false);
            }
        }
        close("the node refused the greeting: " + reply.status());
    }

    private void drainWaiting() {
        List<Call> calls = new ArrayList<>(waiting);
        waiting.clear();
        calls.forEach(events::unsent);
    }

    private List<Call> takeUnanswered() {
        List<Call> calls = unanswered.removeAll();
        calls.forEach(this::answered);
        return calls;
    }

    private void end() {
        if (closed) {
            return;
        }
        closed = true;
        if (batch != null) {
            batch.release();
            batch = null;
        }
        events.closed(this, !greeted || silent, reason);
        for (Call call : takeUnanswered()) {
            events.lost(this, call);
        }
        drainWaiting();
    }

    /** Bytes to replies. */
    private final class Inbound extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            channel = context.channel();
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            active = true;
            helloCorrelation = writeHello(SessionId.NONE, SessionNonce.NONE);
            writeWhatMayBe();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Frame frame = (Frame) message;
            heard = true;
            try {
                if (closed) {
                    return;
                }
                received(ReplyCodec.decode(frame), frame.correlation(), frame.more());
            } finally {
                frame.release();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            log.debug("connection to {} failed", endpoint, cause);
            close(String.valueOf(cause.getMessage()));
        }
    }
}
