package dev.fencekv.server.request;

import dev.fencekv.wire.Reply;
import org.jspecify.annotations.Nullable;

/** A client that is told one thing: who answered, and what. Safe from any thread. */
final class Answered implements ClientConnection {
    private final ConnectionState state = new ConnectionState();
    private volatile String by = "";
    private volatile @Nullable Reply reply;

    /** The name of the thread that answered; empty before. */
    String by() {
        return by;
    }

    @Nullable Reply reply() {
        return reply;
    }

    @Override
    public void reply(long correlation, Reply told, boolean more) {
        by = Thread.currentThread().getName();
        reply = told;
    }

    @Override
    public boolean offer(long correlation, Reply told) {
        throw new AssertionError("nothing is watched");
    }

    @Override
    public boolean takesMore() {
        return true;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public ConnectionState state() {
        return state;
    }
}
