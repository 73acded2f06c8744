package dev.fencekv.server.request;

import dev.fencekv.kv.Status;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Goes on with reads that one short look at the state does not answer, such as those of a past that
 * many changes hide: one look of each in turn, by a thread of its own, so that they hold up neither
 * the apply thread nor an event loop, and none of them the others. Between two looks apply has its
 * turn. The thread is there while there is something to do. Safe from any thread.
 */
final class LongReads {
    /** Each may hold a frame's worth of what it has found. */
    static final int UNDER_WAY_MAX = 128;

    /** How many there are, those that wait for their turn and the one that has it. */
    private final AtomicInteger underWay = new AtomicInteger();

    private final ThreadPoolExecutor thread;

    LongReads() {
        thread =
                new ThreadPoolExecutor(
                        1,
                        1,
                        1,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        task -> {
                            Thread made = new Thread(task, "fencekv-long-reads");
                            made.setDaemon(true);
                            return made;
                        });
        thread.allowCoreThreadTimeOut(true);
    }

    /**
     * Goes on with a read, or refuses it if too many are under way: once it has begun here it is
     * not refused for those that come later. Never blocks.
     *
     * @param look true once the read is over, whatever came of it; else it has another turn
     */
    void goOn(Caller caller, BooleanSupplier look) {
        if (underWay.incrementAndGet() <= UNDER_WAY_MAX) {
            thread.execute(() -> turn(look));
            return;
        }
        underWay.decrementAndGet();
        caller.refuse(
                Status.OVERLOADED,
                "this node is busy with "
                        + UNDER_WAY_MAX
                        + " reads of what many changes have hidden since: ask later, or as of a"
                        + " later revision");
    }

    private void turn(BooleanSupplier look) {
        boolean over = true;
        try {
            over = look.getAsBoolean();
        } finally {
            if (over) {
                underWay.decrementAndGet();
            } else {
                thread.execute(() -> turn(look));
            }
        }
    }
}
