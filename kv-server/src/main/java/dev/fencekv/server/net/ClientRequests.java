package dev.fencekv.server.net;

import dev.fencekv.kv.Status;
import dev.fencekv.server.request.RequestHandler;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import dev.fencekv.wire.Frame;
import dev.fencekv.wire.FrameDecoder;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Request;
import dev.fencekv.wire.RequestCodec;
import dev.fencekv.wire.WireException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames to requests, and the manners that a connection must keep: HELLO first, whole frames in
 * time, replies read. Owned by the event loop of its connection.
 */
final class ClientRequests extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(ClientRequests.class);

    private final NettyClientConnection connection;
    private final FrameDecoder decoder;
    private final RequestHandler handler;
    private final NetLimits limits;
    private final Budget partialBytesOfAll;

    private boolean greeted;

    /** What {@link #partialBytesOfAll} holds for a frame that has not come whole. */
    private int partialBytes;

    /** When the frame that has not come whole began; means nothing if there is none. */
    private long partialSinceNanos;

    /** Whether a whole frame has come since {@link #partialSinceNanos} was set. */
    private boolean frameCame;

    private boolean watchesPartial;
    private boolean watchesStall;

    ClientRequests(
            NettyClientConnection connection,
            FrameDecoder decoder,
            RequestHandler handler,
            NetLimits limits,
            Budget partialBytesOfAll) {
        this.connection = connection;
        this.decoder = decoder;
        this.handler = handler;
        this.limits = limits;
        this.partialBytesOfAll = partialBytesOfAll;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        Future<?> deadline =
                after(context, limits.helloWithin().toNanos(), () -> checkGreeted(context));
        context.channel().closeFuture().addListener(closed -> deadline.cancel(false));
    }

    /** Consumes {@code message}. */
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Frame frame = (Frame) message;
        frameCame = true;
        try {
            receive(frame);
        } catch (WireException e) {
            malformed(frame.opcode(), frame.correlation(), e);
        } finally {
            frame.release();
        }
    }

    private void receive(Frame frame) {
        long correlation = frame.correlation();
        if (connection.isRefused()) {
            return;
        }
        if (!greeted && frame.opcode() != Opcode.HELLO) {
            connection.refuse(
                    frame.opcode(),
                    correlation,
                    Status.INVALID_ARGUMENT,
                    "the first frame of a connection is HELLO");
            return;
        }
        if (correlation == Frame.NO_REQUEST || connection.isInFlight(correlation)) {
            throw new WireException("the correlation id " + correlation + " is 0 or in flight");
        }
        if (connection.isEnding()) {
            answer(frame, Status.UNAVAILABLE, "this node is about to stop");
        } else if (!connection.admit(
                correlation, frame.body().readableBytes(), givesBackOrKeepsAlive(frame.opcode()))) {
            answer(frame, Status.OVERLOADED, "too much in flight: wait for replies");
        } else {
            Request request = RequestCodec.decode(frame);
            PutTrace.mark(Stage.DECODED);
            dispatch(frame, request);
        }
    }

    private static boolean givesBackOrKeepsAlive(Opcode opcode) {
        return switch (opcode) {
            case HELLO, RENEW_SESSION, CLOSE_SESSION, RELEASE, CANCEL_WAIT, CANCEL_WATCH -> true;
            case PING,
                    STATUS,
                    HEALTH,
                    GET,
                    PUT,
                    DELETE,
                    INCREMENT,
                    APPEND,
                    TRANSACT,
                    TTL,
                    RANGE,
                    GET_MANY,
                    OPEN_SESSION,
                    LIST_SESSIONS,
                    ACQUIRE,
                    REVOKE,
                    INSPECT_LOCK,
                    LIST_LOCKS,
                    RECLAIM,
                    ACQUIRE_SHARED,
                    LIST_HOLDERS,
                    SET_GUARD,
                    REMOVE_GUARD,
                    LIST_GUARDS,
                    LIST_REJECTIONS,
                    ADMIT,
                    REMOVE_GATE,
                    LIST_GATES,
                    CHANGE_SETTING,
                    LIST_SETTINGS,
                    LIST_MEMBERS,
                    PLACE_MEMBER,
                    WATCH,
                    WATCH_LOCKS,
                    WATCH_REJECTIONS,
                    TRANSFER_LEADERSHIP ->
                    false;
        };
    }

    private void dispatch(Frame frame, Request request) {
        if (!greeted && !greet(frame, (Request.Hello) request)) {
            return;
        }
        try {
            handler.handle(connection, frame.correlation(), frame.stamp(), request);
        } catch (RuntimeException e) {
            log.error("handling {} of {} failed", frame.opcode(), connection, e);
            answer(frame, Status.OUTCOME_UNKNOWN, "internal error");
        }
    }

    /** Whether there is a version that both sides speak. */
    private boolean greet(Frame frame, Request.Hello hello) {
        if (hello.versionMin() > Frame.VERSION || hello.versionMax() < Frame.VERSION) {
            connection.refuse(
                    Opcode.HELLO,
                    frame.correlation(),
                    Status.UNSUPPORTED,
                    "this node speaks version " + Frame.VERSION + " only");
            return false;
        }
        greeted = true;
        return true;
    }

    private void answer(Frame frame, Status status, String why) {
        connection.reply(
                frame.correlation(),
                NettyClientConnection.message(frame.opcode(), status, why),
                false);
    }

    // ---- manners

    private void checkGreeted(ChannelHandlerContext context) {
        if (!greeted) {
            connection.refuse(
                    Opcode.HELLO, Frame.NO_REQUEST, Status.INVALID_ARGUMENT, "no HELLO in time");
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        int partial = decoder.partialBytes();
        account(partial);
        if (partial > 0 && (frameCame || !watchesPartial)) {
            partialSinceNanos = System.nanoTime();
            frameCame = false;
            if (!watchesPartial) {
                watchesPartial = true;
                after(context, limits.frameWithin().toNanos(), () -> checkPartial(context));
            }
        }
    }

    /** Half a frame takes memory too. */
    private void account(int partial) {
        if (partial == partialBytes) {
            return;
        }
        boolean enough = partialBytesOfAll.take(partial - partialBytes);
        partialBytes = partial;
        if (!enough && partial > NetLimits.PARTIAL_BYTES_SMALL) {
            connection.refuse(
                    Opcode.HELLO,
                    Frame.NO_REQUEST,
                    Status.OVERLOADED,
                    "too many half frames on this node");
        }
    }

    private void checkPartial(ChannelHandlerContext context) {
        long leftNanos = partialSinceNanos + limits.frameWithin().toNanos() - System.nanoTime();
        boolean weDoNotRead = !context.channel().config().isAutoRead();
        if (decoder.partialBytes() == 0 || frameCame || !connection.isOpen()) {
            watchesPartial = false;
        } else if (leftNanos > 0) {
            after(context, leftNanos, () -> checkPartial(context));
        } else if (weDoNotRead) {
            after(context, limits.frameWithin().toNanos(), () -> checkPartial(context));
        } else {
            connection.refuse(
                    Opcode.HELLO,
                    Frame.NO_REQUEST,
                    Status.INVALID_ARGUMENT,
                    "a frame did not end in time");
        }
    }

    /** A client that does not read is not read from. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        boolean writable = context.channel().isWritable();
        context.channel().config().setAutoRead(writable && !connection.isEnding());
        if (!writable && !watchesStall) {
            watchesStall = true;
            after(context, limits.readWithin().toNanos(), () -> checkStall(context));
        }
    }

    private void checkStall(ChannelHandlerContext context) {
        long leftNanos = limits.readWithin().toNanos() - connection.stalledNanos(System.nanoTime());
        if (context.channel().isWritable() || !connection.isOpen()) {
            watchesStall = false;
        } else if (leftNanos > 0) {
            after(context, leftNanos, () -> checkStall(context));
        } else {
            log.info("closing {}: it does not read its replies", connection);
            context.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause.getCause() instanceof WireException malformed) {
            malformed(Opcode.HELLO, malformed.correlation(), malformed);
            return;
        }
        if (cause instanceof IOException || cause instanceof DecoderException) {
            log.debug("connection {} failed", connection, cause);
        } else {
            log.error("serving {} failed", connection, cause);
        }
        context.close();
    }

    private void malformed(Opcode opcode, long correlation, WireException why) {
        log.debug("closing {}: {}", connection, why.getMessage());
        connection.refuse(opcode, correlation, Status.INVALID_ARGUMENT, why.getMessage());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        partialBytesOfAll.giveBack(partialBytes);
        partialBytes = 0;
        connection.closed();
        handler.closed(connection);
    }

    private static Future<?> after(ChannelHandlerContext context, long nanos, Runnable task) {
        return context.executor().schedule(task, nanos, TimeUnit.NANOSECONDS);
    }
}
