package dev.fencekv.client;

import dev.fencekv.kv.LockName;

/**
 * A lock that readers share and a writer has alone, as one owner sees it: this object. First come,
 * first served: a writer that waits keeps later readers waiting; readers beside each other in the
 * queue are granted together. Every grant has a token of its own.
 *
 * <p>A guard is satisfied by a writer's token only. A reader's token proves that no writer was
 * granted since, as long as it is live: show it with reads, {@link FencedLock#get}.
 *
 * <p>Reader and writer are two owners: who holds the one and waits for the other waits for himself,
 * until the wait ends. There is no upgrade.
 *
 * <p>Safe from any thread.
 */
public final class FencedReadWriteLock {
    private final FencedLock reader;
    private final FencedLock writer;

    FencedReadWriteLock(FencedLock reader, FencedLock writer) {
        this.reader = reader;
        this.writer = writer;
    }

    /** The lock's name. */
    public LockName name() {
        return writer.name();
    }

    /** To hold it beside other readers. */
    public FencedLock readLock() {
        return reader;
    }

    /** To have it alone. */
    public FencedLock writeLock() {
        return writer;
    }
}
