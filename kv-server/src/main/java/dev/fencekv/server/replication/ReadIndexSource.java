package dev.fencekv.server.replication;

/** Asks the cluster what the last committed entry is: the engine's ReadIndex. */
@FunctionalInterface
public interface ReadIndexSource {
    /**
     * Neither blocks nor throws. The confirmation starts after the call; {@code ready} gets the
     * index that was committed at some moment after that.
     */
    void confirm(ReadCompletion completion);
}
