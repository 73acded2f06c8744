package dev.fencekv.server.replication.jraft;

import com.alipay.sofa.jraft.util.ThreadPoolsFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs what the engine wants to be run in another thread, for every node of our group in this
 * process.
 *
 * <p>What it hands over while it appends an entry is short: its replicators are told that there is
 * something to send, or our closure that nothing was appended. That goes to the event loop from
 * which the entry leaves anyway: two threads less to wake for each entry.
 */
final class EngineClosures extends ThreadPoolExecutor {
    private static final int THREADS_MAX = 64;
    private static final int IDLE_SECONDS = 60;

    /** The loop that takes what the engine hands over in this thread; null while none appends. */
    private static final ThreadLocal<@Nullable Executor> APPENDING = new ThreadLocal<>();

    static {
        ThreadPoolsFactory.registerThreadPool(JRaftReplicator.GROUP, new EngineClosures());
    }

    private EngineClosures() {
        super(
                0,
                THREADS_MAX,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new DefaultThreadFactory("fencekv-engine", true));
    }

    /** Once per process: the engine keeps pools in a static table. */
    static void register() {
        // Loading this class has done it.
    }

    /** Runs {@code append}; {@code loop} runs, later, what the engine hands over meanwhile. */
    static void whileAppending(Executor loop, Runnable append) {
        APPENDING.set(loop);
        try {
            append.run();
        } finally {
            APPENDING.remove();
        }
    }

    @Override
    public void execute(Runnable task) {
        Executor loop = APPENDING.get();
        if (loop == null) {
            super.execute(task);
        } else {
            loop.execute(task);
        }
    }
}
