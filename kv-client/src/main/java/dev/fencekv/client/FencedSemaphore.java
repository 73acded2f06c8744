package dev.fencekv.client;

import dev.fencekv.kv.LockName;
import java.util.function.Supplier;

/**
 * A lock that a fixed number of owners may hold at a time. The number is that of whoever came first
 * while it was free; who asks with another one meanwhile fails with CONDITION_FAILED. First come,
 * first served. Every permit has a token of its own.
 *
 * <p>No guard is satisfied by a permit's token, because several hold one; shown with a write, it
 * must be live.
 *
 * <p>Safe from any thread.
 */
public final class FencedSemaphore {
    private final LockName name;
    private final int permits;
    private final Supplier<FencedLock> owners;

    FencedSemaphore(LockName name, int permits, Supplier<FencedLock> owners) {
        this.name = name;
        this.permits = permits;
        this.owners = owners;
    }

    /** The semaphore's name: it is one with the locks. */
    public LockName name() {
        return name;
    }

    /** How many may hold it at a time. */
    public int permits() {
        return permits;
    }

    /**
     * One who may take a permit, and gives it back: {@link FencedLock#lock}, {@link
     * FencedLock#unlock}. Make one for each thread or task. Nothing is sent yet.
     */
    public FencedLock permit() {
        return owners.get();
    }
}
