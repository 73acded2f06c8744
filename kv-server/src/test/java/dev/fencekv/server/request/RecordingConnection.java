package dev.fencekv.server.request;

import dev.fencekv.wire.Reply;
import java.util.ArrayList;
import java.util.List;

/** A client that remembers what it is told. Owned by the test's thread. */
final class RecordingConnection implements ClientConnection {
    record Told(long correlation, Reply reply, boolean more) {}

    private final ConnectionState state = new ConnectionState();
    private final List<Told> told = new ArrayList<>();

    @Override
    public void reply(long correlation, Reply reply, boolean more) {
        told.add(new Told(correlation, reply, more));
    }

    @Override
    public boolean offer(long correlation, Reply reply) {
        reply(correlation, reply, true);
        return true;
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

    /** What was told since the last call. */
    List<Told> told() {
        List<Told> all = List.copyOf(told);
        told.clear();
        return all;
    }

    /** The one reply that was told since the last call. */
    Reply only() {
        List<Told> all = told();
        if (all.size() != 1) {
            throw new AssertionError("wanted one reply, got " + all);
        }
        return all.get(0).reply();
    }
}
