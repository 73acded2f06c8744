package dev.fencekv.server.resp;

import dev.fencekv.kv.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: its commands one after the other, as Redis promises. Owned by its event loop.
 *
 * <p>Guarantees: 1. A command begins when the one before it is answered, so that everybody sees the
 * writes of a pipeline in its order, whatever becomes of the leader meanwhile. 2. No command begins
 * while the client leaves replies unread. 3. What waits is bounded: then the connection is not
 * read. 4. When the connection is gone its locks are given back; commands that have not begun are
 * dropped.
 */
final class RespConnection extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(RespConnection.class);

    private static final int REPLY_BYTES_FIRST = 256;

    /** How long the last reply may take to leave. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final RespDecoder decoder;
    private final RespClient client;
    private final RespHandler handler;
    private final RespLimits limits;
    private final RespTally tally;

    private final Queue<RespRequest> waiting = new ArrayDeque<>();

    /** Of {@link #waiting}. */
    private int waitingBytes;

    /** What {@link RespTally#heldBytes} has of this connection. */
    private int heldBytes;

    /** Whether a command has begun and is not answered. */
    private boolean running;

    private boolean stepping;

    /** Set once: the last word is said. */
    private boolean ended;

    /** Anything that was sent or answered. */
    private long lastSignNanos = System.nanoTime();

    /** When the command that has not come whole began; means nothing if there is none. */
    private long partialSinceNanos;

    private boolean wasPartial;

    /** Since when replies have been unread; means nothing while the channel is writable. */
    private long unreadSinceNanos;

    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> watch;

    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    RespConnection(
            RespDecoder decoder,
            RespClient client,
            RespHandler handler,
            RespLimits limits,
            RespTally tally) {
        this.decoder = decoder;
        this.client = client;
        this.handler = handler;
        this.limits = limits;
        this.tally = tally;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        long everyMs = Math.max(10, shortest().toMillis() / 4);
        watch =
                added.executor()
                        .scheduleWithFixedDelay(
                                () -> look(added), everyMs, everyMs, TimeUnit.MILLISECONDS);
    }

    private Duration shortest() {
        Duration shortest = limits.commandWithin();
        for (Duration each :
                new Duration[] {limits.readWithin(), limits.idleMax(), limits.idleWithLocksMax()}) {
            shortest = each.compareTo(shortest) < 0 ? each : shortest;
        }
        return shortest;
    }

    // --- in ------------------------------------------------------------------------------------

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        RespRequest request = (RespRequest) message;
        lastSignNanos = System.nanoTime();
        wasPartial = false;
        if (ended || client.isLeaving()) {
            return;
        }
        waiting.add(request);
        waitingBytes += request.bytes();
        if (isFull()) {
            context.channel().config().setAutoRead(false);
        }
    }

    private boolean isFull() {
        return waiting.size() >= limits.queuedMax() || waitingBytes >= limits.queuedBytesMax();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        int partial = decoder.partialBytes();
        if (partial > 0 && !wasPartial) {
            partialSinceNanos = System.nanoTime();
        }
        wasPartial = partial > 0;
        step(context);
        account(context, partial + waitingBytes);
    }

    /** Half a command takes memory too. */
    private void account(ChannelHandlerContext context, int bytes) {
        long all = tally.heldBytes.addAndGet(bytes - heldBytes);
        heldBytes = bytes;
        if (all > limits.heldBytesMax() && bytes > RespLimits.HELD_BYTES_SMALL && !ended) {
            refuse(context, "OVERLOADED too much is waiting on this node: send less at a time");
        }
    }

    // --- one after the other -------------------------------------------------------------------

    private void step(ChannelHandlerContext context) {
        if (stepping) {
            return; // A command that is answered at once comes back here.
        }
        stepping = true;
        try {
            while (!running && !ended && context.channel().isWritable() && !waiting.isEmpty()) {
                RespRequest request = waiting.remove();
                waitingBytes -= request.bytes();
                begin(context, request);
            }
        } finally {
            stepping = false;
        }
        context.flush();
        if (!ended && !isFull() && !context.channel().config().isAutoRead()) {
            partialSinceNanos = System.nanoTime(); // The rest could not come before.
            context.channel().config().setAutoRead(true);
        }
    }

    private void begin(ChannelHandlerContext context, RespRequest request) {
        tally.commands.increment();
        if (!request.isExecutable()) {
            reply(context, new RespReply.Error(request.trouble()));
            if (request.last()) {
                tally.closed.increment();
                end(context);
            }
            return;
        }
        running = true;
        CompletableFuture<RespReply> answer = answer(request);
        if (answer.isDone()) {
            answered(context, answer);
        } else {
            answer.whenComplete((reply, failure) -> later(context, answer));
        }
    }

    private CompletableFuture<RespReply> answer(RespRequest request) {
        try {
            return handler.handle(client, request.words());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** On the thread that has the answer. */
    private void later(ChannelHandlerContext context, CompletableFuture<RespReply> answer) {
        try {
            context.executor()
                    .execute(
                            () -> {
                                answered(context, answer);
                                step(context);
                                if (context.channel().isActive()) {
                                    account(context, decoder.partialBytes() + waitingBytes);
                                }
                            });
        } catch (RejectedExecutionException e) {
            log.debug("the event loops are stopped, and a connection with them", e);
        }
    }

    /** {@code answer} is done. */
    private void answered(ChannelHandlerContext context, CompletableFuture<RespReply> answer) {
        running = false;
        lastSignNanos = System.nanoTime();
        if (ended || !context.channel().isActive()) {
            return;
        }
        reply(context, answer.handle(RespConnection::outcome).join());
        if (client.isLeaving()) {
            end(context);
        }
    }

    private static RespReply outcome(@Nullable RespReply reply, @Nullable Throwable failure) {
        if (failure == null && reply != null) {
            return reply;
        }
        Throwable known = failure == null ? new IllegalStateException("no answer") : failure;
        if (!Failures.isExpected(known)) {
            log.error("a command failed", Failures.cause(known));
        }
        return Failures.error(known);
    }

    private void reply(ChannelHandlerContext context, RespReply reply) {
        if (reply instanceof RespReply.Error error) {
            tally.errors.increment();
            if (error.text().startsWith(Status.OUTCOME_UNKNOWN.name())) {
                tally.unknown.increment();
            }
        }
        ByteBuf out = context.alloc().ioBuffer(REPLY_BYTES_FIRST);
        RespEncoder.encode(reply, client.version(), out);
        context.write(out);
    }

    // --- manners -------------------------------------------------------------------------------

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            step(context);
        } else {
            unreadSinceNanos = System.nanoTime();
        }
        context.fireChannelWritabilityChanged();
    }

    /** From time to time. */
    private void look(ChannelHandlerContext context) {
        long now = System.nanoTime();
        if (ended || !context.channel().isActive()) {
            return;
        }
        if (!context.channel().isWritable()) {
            if (now - unreadSinceNanos > limits.readWithin().toNanos()) {
                close(context, "it leaves its replies unread");
            }
        } else if (wasPartial
                && context.channel().config().isAutoRead()
                && now - partialSinceNanos > limits.commandWithin().toNanos()) {
            refuse(context, "ERR a command must come whole within " + limits.commandWithin());
        } else if (!running && waiting.isEmpty()) {
            Duration idleMax =
                    client.locks().isHolding() ? limits.idleWithLocksMax() : limits.idleMax();
            if (now - lastSignNanos > idleMax.toNanos()) {
                close(context, "it has said nothing for " + idleMax);
            }
        }
    }

    private void close(ChannelHandlerContext context, String why) {
        log.info("closing {}: {}", context.channel().remoteAddress(), why);
        tally.closed.increment();
        ended = true;
        context.close();
    }

    /**
     * Says why and closes. Without words if a command is not answered yet: they would be taken for
     * its answer.
     */
    private void refuse(ChannelHandlerContext context, String error) {
        if (running || !waiting.isEmpty()) {
            close(context, error);
            return;
        }
        tally.closed.increment();
        reply(context, new RespReply.Error(error));
        end(context);
    }

    /** Completes when the connection is closed and its locks are being given back. */
    CompletableFuture<Void> gone() {
        return gone;
    }

    /** Ends once the command that is running, if any, is answered. */
    void leave() {
        client.leave();
        waiting.clear();
        waitingBytes = 0;
        if (!running && context != null) {
            end(context);
        }
    }

    /** There will be no more replies than those that were written. */
    private void end(ChannelHandlerContext context) {
        if (ended) {
            return;
        }
        ended = true;
        context.channel().config().setAutoRead(false);
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        context.executor()
                .schedule(() -> context.close(), FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ended = true;
        if (watch != null) {
            watch.cancel(false);
        }
        waiting.clear();
        waitingBytes = 0;
        account(context, 0);
        client.locks().close();
        gone.complete(null);
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            log.debug("{} is gone", context.channel().remoteAddress(), cause);
        } else {
            log.warn("closing {}", context.channel().remoteAddress(), cause);
        }
        context.close();
    }
}
