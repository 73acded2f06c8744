package dev.fencekv.server.net;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Status;
import dev.fencekv.server.request.ClientConnection;
import dev.fencekv.server.request.ConnectionState;
import dev.fencekv.server.request.Weight;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.ReplyCodec;
import dev.fencekv.wire.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replies of one connection, and the account of what it has in flight.
 *
 * <p>Assumptions: 1. {@link #reply}, {@link #isOpen} and {@link #state} are called from any thread,
 * everything else on the event loop. 2. Each request that was {@link #admit}ted is answered at
 * least once, or the connection ends.
 *
 * <p>Guarantees: 1. Replies handed over by one thread leave in that order. 2. Replies that are
 * handed over while the event loop is busy leave together, in one write and one flush. 3. No reply
 * leaves after {@link #refuse}. 4. What is held for the client is bounded: requests by {@link
 * #admit}, bytes not yet sent by answering reads with OVERLOADED at half the bound, and by closing
 * the connection at the whole.
 */
final class NettyClientConnection implements ClientConnection {
    private static final Logger log = LoggerFactory.getLogger(NettyClientConnection.class);

    /** Small replies share a buffer; one that has grown to this size is written. */
    private static final int BATCH_BYTES_MAX = 64 * 1024;

    private static final int BATCH_BYTES_FIRST = 1024;

    /** What is not sent yet above which those that tell one thing after another wait. */
    private static final long STREAM_BYTES_MAX = 512 * 1024;

    /**
     * @param weight what it counts for until it is encoded: 0 for all but the answers to reads
     */
    private record Unsent(long correlation, Reply reply, boolean more, long weight) {}

    private final Channel channel;
    private final NetLimits limits;
    private final Budget requestBytes;
    private final Budget unsentBytesOfAll;
    private final ConnectionState state = new ConnectionState();

    /** Filled from any thread, emptied by {@link #drain}. */
    private final Queue<Unsent> handedOver = new ConcurrentLinkedQueue<>();

    /** Invariant: if something is handed over and not yet seen by a drain, this is true. */
    private final AtomicBoolean drainScheduled = new AtomicBoolean();

    private final InFlightRequests inFlight = new InFlightRequests();

    /** Handed over, by weight, and {@link #unsentBytes}: the same for all threads. */
    private final AtomicLong heldBytes = new AtomicLong();

    /** Written to the channel, not yet to the socket. */
    private long unsentBytes;

    private long lastProgressNanos;

    /** Set once: no more requests; closes when what is in flight has been answered. */
    private boolean ending;

    /** Set once: the last word is said. */
    private boolean refused;

    NettyClientConnection(
            Channel channel, NetLimits limits, Budget requestBytes, Budget unsentBytesOfAll) {
        this.channel = channel;
        this.limits = limits;
        this.requestBytes = requestBytes;
        this.unsentBytesOfAll = unsentBytesOfAll;
    }

    @Override
    public void reply(long correlation, Reply reply, boolean more) {
        if (!channel.isActive()) {
            return;
        }
        long weight = Weight.of(reply.body());
        if (weight == 0 || hold(weight)) {
            handedOver.add(new Unsent(correlation, reply, more, weight));
        } else {
            handedOver.add(new Unsent(correlation, withoutBody(reply), more, 0));
        }
        drainSoon();
    }

    /**
     * HAZARD: OVERLOADED says that nothing was proposed. Of a command that was applied only the
     * results may be left out, else the client would have it done twice.
     */
    private static Reply withoutBody(Reply reply) {
        if (reply.body() instanceof Reply.Transacted) {
            return new Reply(
                    reply.opcode(),
                    reply.status(),
                    reply.revision(),
                    reply.stamp(),
                    new Reply.ResultGone());
        }
        return message(reply.opcode(), Status.OVERLOADED, "read the answers you have first");
    }

    @Override
    public boolean offer(long correlation, Reply reply) {
        long weight = Weight.of(reply.body());
        if (!takesMore() || !channel.isActive() || !hold(weight)) {
            return false;
        }
        handedOver.add(new Unsent(correlation, reply, true, weight));
        drainSoon();
        return true;
    }

    @Override
    public boolean takesMore() {
        return heldBytes.get() < STREAM_BYTES_MAX;
    }

    private void drainSoon() {
        if (!drainScheduled.getAndSet(true)) {
            try {
                channel.eventLoop().execute(this::drain);
            } catch (RejectedExecutionException e) {
                log.debug("the event loops are stopped, and {} with them", this);
            }
        }
    }

    @Override
    public boolean isOpen() {
        return channel.isActive();
    }

    @Override
    public ConnectionState state() {
        return state;
    }

    @Override
    public String toString() {
        return String.valueOf(channel.remoteAddress());
    }

    // ---- requests

    /**
     * Counts a request until its first reply; false if the client has too much in flight.
     *
     * @param reserved whether it may use what is reserved
     */
    boolean admit(long correlation, int bytes, boolean reserved) {
        if (reserved ? isFullToTheBrim() : isFull(bytes)) {
            return false;
        }
        inFlight.add(correlation, bytes);
        requestBytes.take(bytes);
        return true;
    }

    private boolean isFull(int bytes) {
        return inFlight.count() >= limits.requestsPerConnectionMax()
                || inFlight.bytes() + bytes > limits.requestBytesPerConnectionMax()
                || requestBytes.isExhausted();
    }

    private boolean isFullToTheBrim() {
        return inFlight.count() >= limits.requestsPerConnectionMax() + NetLimits.REQUESTS_RESERVED;
    }

    boolean isInFlight(long correlation) {
        return inFlight.contains(correlation);
    }

    /** A place in a queue is answered too: waiting for a lock is no load. */
    private void answered(long correlation) {
        int bytes = inFlight.remove(correlation);
        if (bytes != InFlightRequests.ABSENT) {
            requestBytes.giveBack(bytes);
        }
    }

    // ---- replies

    /**
     * HAZARD: one packet of small reads can ask for gigabytes of values, which would all be on the
     * heap before the first byte leaves. Reads can be repeated, so their answers are what gives
     * way.
     */
    private boolean hold(long weight) {
        long held = heldBytes.addAndGet(weight);
        boolean enoughForAll = unsentBytesOfAll.take(weight);
        boolean fits =
                held <= limits.unsentBytesPerConnectionMax() / 2
                        && (enoughForAll || held <= limits.writeHighBytes());
        if (!fits) {
            letGo(weight);
        }
        return fits;
    }

    private void letGo(long weight) {
        heldBytes.addAndGet(-weight);
        unsentBytesOfAll.giveBack(weight);
    }

    private void drain() {
        drainScheduled.set(false);
        writeHandedOver();
        PutTrace.mark(Stage.ENCODED);
        channel.flush();
        PutTrace.mark(Stage.REPLIED);
        if (ending) {
            closeIfAnswered();
        }
    }

    private void writeHandedOver() {
        ByteBuf batch = Unpooled.EMPTY_BUFFER;
        for (Unsent next = handedOver.poll(); next != null; next = handedOver.poll()) {
            answered(next.correlation());
            if (next.weight() > 0) {
                letGo(next.weight());
            }
            if (refused || !channel.isActive()) {
                continue;
            }
            if (batch == Unpooled.EMPTY_BUFFER) {
                batch = channel.alloc().ioBuffer(BATCH_BYTES_FIRST);
            }
            encode(next, batch);
            if (batch.readableBytes() >= BATCH_BYTES_MAX) {
                write(batch);
                batch = Unpooled.EMPTY_BUFFER;
            }
        }
        if (batch.isReadable()) {
            write(batch);
        }
    }

    /** Borrows {@code out}. */
    private static void encode(Unsent unsent, ByteBuf out) {
        Reply reply = unsent.reply();
        try {
            ReplyCodec.encode(reply, unsent.correlation(), unsent.more(), out);
        } catch (WireException e) {
            // Only listings grow too large; a refusal keeps its status, which is what matters.
            Status status = reply.status() == Status.OK ? Status.TOO_LARGE : reply.status();
            log.warn("cannot send a reply to {}: {}", reply.opcode(), e.getMessage());
            ReplyCodec.encode(
                    new Reply(
                            reply.opcode(),
                            status,
                            reply.revision(),
                            reply.stamp(),
                            new Reply.Message("the answer cannot be sent: " + e.getMessage())),
                    unsent.correlation(),
                    unsent.more(),
                    out);
        }
    }

    /** Consumes {@code batch}. */
    private void write(ByteBuf batch) {
        int bytes = batch.readableBytes();
        if (unsentBytes == 0) {
            lastProgressNanos = System.nanoTime();
        }
        unsentBytes += bytes;
        heldBytes.addAndGet(bytes);
        boolean enoughForAll = unsentBytesOfAll.take(bytes);
        channel.write(batch).addListener(done -> sent(bytes));
        boolean takesTooMuch =
                unsentBytes > limits.unsentBytesPerConnectionMax()
                        || !enoughForAll && unsentBytes > limits.writeHighBytes();
        if (takesTooMuch) {
            // What can leave at once does: a client that reads quickly is none of these.
            channel.flush();
            closeIfStillTooMuch();
        }
    }

    private void closeIfStillTooMuch() {
        boolean stillTooMuch =
                unsentBytes > limits.unsentBytesPerConnectionMax()
                        || unsentBytesOfAll.isExhausted() && unsentBytes > limits.writeHighBytes();
        if (stillTooMuch && channel.isActive()) {
            log.info("closing {}: it leaves {} bytes of replies unread", this, unsentBytes);
            channel.close();
        }
    }

    private void sent(int bytes) {
        unsentBytes -= bytes;
        letGo(bytes);
        lastProgressNanos = System.nanoTime();
    }

    /** How long replies have waited without any of them leaving; 0 if none waits. */
    long stalledNanos(long nowNanos) {
        return unsentBytes == 0 ? 0 : nowNanos - lastProgressNanos;
    }

    // ---- the end

    /** Says why and closes; the client has this much time to take its last replies. */
    void refuse(Opcode opcode, long correlation, Status status, String why) {
        if (refused || !channel.isActive()) {
            return;
        }
        reply(correlation, message(opcode, status, why), false);
        writeHandedOver();
        refused = true;
        closeAfterLastReply();
    }

    static Reply message(Opcode opcode, Status status, String text) {
        return new Reply(opcode, status, 0, HybridTimestamp.ZERO, new Reply.Message(text));
    }

    boolean isRefused() {
        return refused;
    }

    /** Takes no more requests, and closes as soon as those in flight are answered. */
    void end() {
        ending = true;
        channel.config().setAutoRead(false);
        closeIfAnswered();
    }

    boolean isEnding() {
        return ending;
    }

    private void closeIfAnswered() {
        if (inFlight.count() == 0 && handedOver.isEmpty() && !refused) {
            refused = true;
            closeAfterLastReply();
        }
    }

    private void closeAfterLastReply() {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        channel.eventLoop()
                .schedule(
                        () -> channel.close(),
                        limits.farewellWithin().toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    /** The connection is gone: gives back what its requests took; replies do so by themselves. */
    void closed() {
        requestBytes.giveBack(inFlight.bytes());
        inFlight.clear();
    }
}
