package dev.fencekv.bench.load;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * One of a closed loop's outstanding operations: starts the next one when the last has ended. A
 * loop, not a recursion, also where the target completes at once.
 */
final class ClosedLoop implements Runnable {
    private static final int STARTING = 0;
    private static final int ENDED_AT_ONCE = 1;
    private static final int UNDER_WAY = 2;

    private final Issuer issuer;
    private final Pacer pacer;
    private final int connection;
    private final AtomicInteger state = new AtomicInteger();

    ClosedLoop(Issuer issuer, Pacer pacer, int connection) {
        this.issuer = issuer;
        this.pacer = pacer;
        this.connection = connection;
    }

    void start() {
        do {
            long now = pacer.nanos();
            if (issuer.isPast(now)) {
                return;
            }
            state.set(STARTING);
            issuer.issue(connection, now, this);
        } while (!state.compareAndSet(STARTING, UNDER_WAY));
    }

    /** The operation has ended. */
    @Override
    public void run() {
        if (!state.compareAndSet(STARTING, ENDED_AT_ONCE)) {
            start();
        }
    }
}
