package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.rpc.InvokeCallback;
import dev.fencekv.server.trace.PutTrace;
import dev.fencekv.server.trace.Stage;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on its way, and who waits for the answer.
 *
 * <p>Owned by whoever will settle it: the calling thread until it is in a link's mailbox, then the
 * link's event loop. {@link #settle} is called once.
 */
final class Call {
    private static final Logger LOG = LoggerFactory.getLogger(Call.class);

    final long id;
    final Object owner;
    final int bytes;
    final long deadlineNanos;
    private final InvokeCallback callback;
    private final Executor fallback;

    /** Null once the socket has it, or it was given up. */
    private @Nullable ByteBuf frame;

    /** Consumes {@code frame}. */
    Call(
            long id,
            Object owner,
            ByteBuf frame,
            long deadlineNanos,
            InvokeCallback callback,
            Executor fallback) {
        this.id = id;
        this.owner = owner;
        this.frame = frame;
        this.bytes = frame.readableBytes();
        this.deadlineNanos = deadlineNanos;
        this.callback = callback;
        this.fallback = fallback;
    }

    /** The caller consumes it; null if it was taken before. */
    @Nullable ByteBuf takeFrame() {
        ByteBuf taken = frame;
        frame = null;
        return taken;
    }

    /**
     * Runs the callback in this thread, the link's event loop, with nothing of the engine below.
     */
    void settleHere(Object result) {
        PutTrace.mark(Stage.ACKNOWLEDGED);
        try {
            callback.complete(result, null);
        } catch (Throwable t) {
            LOG.error("a callback of the engine failed", t);
        }
    }

    void settle(@Nullable Object result, @Nullable Throwable error) {
        settle(callback, fallback, result, error);
    }

    /**
     * Runs a callback, on its executor or, if that has none or refuses, on {@code fallback}.
     *
     * <p>HAZARD: never in this thread. The engine calls us holding its node's lock and its
     * replicator's, and the callback takes them in another order.
     */
    static void settle(
            InvokeCallback callback,
            Executor fallback,
            @Nullable Object result,
            @Nullable Throwable error) {
        Runnable run =
                () -> {
                    try {
                        callback.complete(result, error);
                    } catch (Throwable t) {
                        LOG.error("a callback of the engine failed", t);
                    }
                };
        Executor executor = callback.executor();
        if (executor != null) {
            try {
                executor.execute(run);
                return;
            } catch (RejectedExecutionException full) {
                LOG.debug("the executor of a callback refused it, another runs it");
            }
        }
        fallback.execute(run);
    }
}
