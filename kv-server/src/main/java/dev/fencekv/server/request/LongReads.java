package dev.fencekv.server.request;

import dev.fencekv.kv.Status;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Goes on with reads that one short look at the state does not answer, such as those of a past that
 * many changes hide: one look of each in turn, by a thread of its own, so that they hold up neither
 * the apply thread nor an event loop, and none of them the others. Between two looks apply has its
 * turn. The thread is there while there is something to do. Safe from any thread.
 */
final class LongReads {
    /** Each may hold a frame's worth of what it has found. */
    static final int WAITING_MAX = 128;

    private final ThreadPoolExecutor thread;

    LongReads() {
        thread =
                new ThreadPoolExecutor(
                        1,
                        1,
                        1,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(WAITING_MAX),
                        task -> {
                            Thread made = new Thread(task, "fencekv-long-reads");
                            made.setDaemon(true);
                            return made;
                        });
        thread.allowCoreThreadTimeOut(true);
    }

    /** Does {@code look} when its turn comes; refuses the read if too many wait. Never blocks. */
    void goOn(Caller caller, Runnable look) {
        try {
            thread.execute(look);
        } catch (RejectedExecutionException e) {
            caller.refuse(
                    Status.OVERLOADED,
                    "this node is busy with "
                            + WAITING_MAX
                            + " reads of what many changes have hidden since: ask later, or as of"
                            + " a later revision");
        }
    }
}
