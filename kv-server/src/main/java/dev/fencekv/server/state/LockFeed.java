package dev.fencekv.server.state;

import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockNames;
import org.jspecify.annotations.Nullable;

/** Reads what happened to locks. */
public final class LockFeed extends HistoryFeed<LockEvent> {
    private static final int EVENT_BYTES = 80;

    private final LockNames locks;
    private final boolean queue;

    /**
     * @param queue whether it is also told who waits
     * @param fromRevision the first to be told, from 1
     */
    public LockFeed(LockNames locks, boolean queue, long fromRevision) {
        super(fromRevision);
        this.locks = locks;
        this.queue = queue;
    }

    @Override
    long floorRevision(History now) {
        return now.lockFloorRevision();
    }

    @Override
    boolean isReadable(History now) {
        return true;
    }

    @Override
    @Nullable LockEvent event(KvStateMachine state, History now, long at) {
        if (now.isOfRecord(at)) {
            return null;
        }
        LockEvent event = LockEvents.read(now.lockEvent(at), now.revision(at), now.stamp(at));
        boolean wanted = locks.contains(event.lock()) && (queue || !event.type().isOfQueue());
        return wanted ? event : null;
    }

    @Override
    long bytesOf(LockEvent event) {
        return EVENT_BYTES + event.lock().value().length() + event.label().value().length();
    }
}
