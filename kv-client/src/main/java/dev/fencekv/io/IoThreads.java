package dev.fencekv.io;

import dev.fencekv.check.Check;
import io.netty.channel.EventLoopGroup;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The event loops that all sockets of a server process share, those of clients and those of peers.
 *
 * <p>Shared on purpose: a command that came in on a loop leaves for the followers on the same one,
 * and no thread has to be woken in between. Few on purpose: a thread hand-off costs tens of
 * microseconds on a small machine, and a loop that is busy sends more with each system call.
 *
 * <p>Safe from any thread. The loops stop with their last user.
 */
public final class IoThreads {
    private static final int THREADS_MAX = 4;
    private static final int CLOSE_MS_MAX = 5000;

    /** Lets callers that were in the middle of a send finish on a living loop. */
    private static final int QUIET_MS = 20;

    private static int users;
    private static @Nullable EventLoopGroup loops;

    private IoThreads() {}

    /** Whoever calls this calls {@link #release} once, when its channels are closed. */
    public static synchronized EventLoopGroup acquire() {
        if (users++ == 0) {
            loops = SocketIo.eventLoops("fencekv-io", threads());
        }
        return Check.present(loops, "event loops");
    }

    /** Returns when the loops have stopped, if this was their last user. Not on one of them. */
    public static void release() {
        EventLoopGroup last;
        synchronized (IoThreads.class) {
            Check.invariant(users > 0, "event loops are released as often as acquired");
            if (--users > 0) {
                return;
            }
            last = Check.present(loops, "event loops");
            loops = null;
        }
        last.shutdownGracefully(QUIET_MS, CLOSE_MS_MAX, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_MS_MAX);
    }

    /** One for two cores: the others belong to the log's disk and to apply. */
    private static int threads() {
        return Integer.getInteger(
                "fencekv.io",
                Math.max(1, Math.min(THREADS_MAX, Runtime.getRuntime().availableProcessors() / 2)));
    }
}
