package dev.fencekv.server.replication;

/** Where sealed entries go: the engine's log. */
@FunctionalInterface
public interface EntryLog {
    /**
     * Appends in the order of calls, in {@link SealedEntry#expectedTerm} or not at all. Neither
     * blocks nor throws. Afterwards the engine ends the entry, now or later, on any thread.
     */
    void append(SealedEntry entry);
}
