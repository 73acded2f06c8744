package dev.fencekv.server.state;

import dev.fencekv.server.command.BytesOut;

/**
 * Where a {@link SnapshotWalk} puts what things were before apply changes them. Kept by whoever
 * writes the snapshot, so that its memory is his to bound.
 */
@FunctionalInterface
public interface SetAside {
    /**
     * Copies whole items, to be written in any order after those of earlier calls. Called by apply,
     * and when the walk begins. May let apply wait until others were written; must not refuse.
     */
    void add(BytesOut items);
}
