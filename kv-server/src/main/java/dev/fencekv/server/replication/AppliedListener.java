package dev.fencekv.server.replication;

import dev.fencekv.server.state.WaitEnded;
import java.util.List;

/**
 * Hears what the log does to this node. Called by the apply thread, in log order, with no lock
 * held; must not block.
 */
public interface AppliedListener {
    /** Waits for locks have ended; the outcomes of the same entry were told before. */
    void onWaitsEnded(List<WaitEnded> ended);

    /** A snapshot took the place of entries: waits may have ended that nobody was told of. */
    void onStateReplaced();

    void onLeadershipChanged(Leadership leadership);
}
