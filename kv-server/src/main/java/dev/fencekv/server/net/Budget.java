package dev.fencekv.server.net;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that all connections share. Safe from any thread; what was taken must be given back. */
final class Budget {
    private final long bytesMax;
    private final AtomicLong taken = new AtomicLong();

    Budget(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /**
     * Takes what is already there and cannot be refused; false if that is more than there should
     * be.
     */
    boolean take(long bytes) {
        return taken.addAndGet(bytes) <= bytesMax;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    boolean isExhausted() {
        return taken.get() > bytesMax;
    }

    long taken() {
        return taken.get();
    }
}
