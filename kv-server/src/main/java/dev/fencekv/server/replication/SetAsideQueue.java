package dev.fencekv.server.replication;

import dev.fencekv.check.Check;
import dev.fencekv.server.command.BytesOut;
import dev.fencekv.server.state.SetAside;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What apply has set aside for a snapshot, in chunks, until the snapshot's writer takes it: the one
 * place where a snapshot costs memory, so the place where that is bounded.
 *
 * <p>Assumptions: (1) one thread adds, apply; one takes, the writer; (2) the writer goes on taking
 * without waiting for apply, or somebody calls {@link #end}.
 *
 * <p>Guarantees: (1) nothing that was added is lost, and no item is cut in two, until the end; (2)
 * no more than the bound is held, or one item that is larger: {@link #add} waits for the writer,
 * even in the middle of a command; (3) after the end nothing is held and nobody waits.
 */
final class SetAsideQueue implements SetAside {
    static final int CHUNK_BYTES = 64 * 1024;

    private final long bytesMax;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();

    /** Guarded by the lock. */
    private final ArrayDeque<BytesOut> chunks = new ArrayDeque<>();

    /** The sizes of all chunks, full or not. Written under the lock. */
    private volatile long heldBytes;

    /** Guarded by the lock. */
    private boolean ended;

    SetAsideQueue(long bytesMax) {
        this.bytesMax = Check.atLeast(1, bytesMax, "bytesMax");
    }

    @Override
    public void add(BytesOut items) {
        lock.lock();
        try {
            BytesOut last = chunks.peekLast();
            if (last == null || last.length() + items.length() > last.capacity()) {
                int bytes = Math.max(CHUNK_BYTES, items.length());
                awaitRoom(bytes);
                if (ended) {
                    return;
                }
                last = new BytesOut(bytes);
                chunks.add(last);
                heldBytes += bytes;
            }
            last.append(items);
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom(int bytes) {
        while (!ended && !chunks.isEmpty() && heldBytes + bytes > bytesMax) {
            room.awaitUninterruptibly();
        }
    }

    /**
     * Moves the oldest chunk to {@code out}; false if there is none. Throws IllegalStateException
     * after the end: a snapshot without what was dropped must not be finished.
     */
    boolean takeInto(BytesOut out) {
        lock.lock();
        try {
            checkNotEnded();
            BytesOut chunk = chunks.poll();
            if (chunk == null) {
                return false;
            }
            heldBytes -= chunk.capacity();
            out.append(chunk);
            room.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing is left to take. Throws as {@link #takeInto} does. */
    boolean isEmpty() {
        lock.lock();
        try {
            checkNotEnded();
            return chunks.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private void checkNotEnded() {
        if (ended) {
            throw new IllegalStateException("the snapshot was given up");
        }
    }

    /** The snapshot is finished or given up. */
    void end() {
        lock.lock();
        try {
            ended = true;
            chunks.clear();
            heldBytes = 0;
            room.signal();
        } finally {
            lock.unlock();
        }
    }

    long bytesMax() {
        return bytesMax;
    }

    long heldBytes() {
        return heldBytes;
    }
}
