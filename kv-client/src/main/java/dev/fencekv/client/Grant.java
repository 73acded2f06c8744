package dev.fencekv.client;

import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One grant of a lock to this client. Safe from any thread.
 *
 * <p>Guarantees: 1. It ends once: lost or released, whichever comes first. 2. {@link #state} never
 * answers HELD after it answered LOST.
 */
final class Grant {
    private enum End {
        NOT_YET,
        LOST,
        RELEASED
    }

    private final LiveSession session;
    private final LockName lock;
    private final FencingToken token;
    private final long revision;
    private final AtomicReference<End> end = new AtomicReference<>(End.NOT_YET);

    /** {@code revision}: of the grant, or a later one. */
    Grant(LiveSession session, LockName lock, FencingToken token, long revision) {
        this.session = session;
        this.lock = lock;
        this.token = token;
        this.revision = revision;
    }

    LiveSession session() {
        return session;
    }

    LockName lock() {
        return lock;
    }

    FencingToken token() {
        return token;
    }

    long revision() {
        return revision;
    }

    Fence fence() {
        return new Fence(lock, token);
    }

    /** By the clocks of now, never from memory. */
    LockState state(Clocks clocks) {
        return switch (end.get()) {
            case LOST -> LockState.LOST;
            case RELEASED -> LockState.RELEASED;
            case NOT_YET -> session.state(clocks);
        };
    }

    /** True for the one caller that ends it so. */
    boolean lose() {
        return end.compareAndSet(End.NOT_YET, End.LOST);
    }

    /** True for the one caller that ends it so; false if it was lost before. */
    boolean release() {
        return end.compareAndSet(End.NOT_YET, End.RELEASED);
    }
}
