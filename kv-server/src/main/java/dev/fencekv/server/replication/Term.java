package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridTimestamp;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One leadership of this node, from the moment all earlier entries are applied. A transfer that
 * fails ends it and begins another one of the same number.
 *
 * <p>Safe from any thread.
 */
final class Term {
    private final long number;
    private final HybridTimestamp lastApplied;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Set<SealedEntry> unfinished = ConcurrentHashMap.newKeySet();
    private volatile boolean over;

    /**
     * @param lastApplied the stamp that its own stamps start from
     */
    Term(long number, HybridTimestamp lastApplied) {
        this.number = number;
        this.lastApplied = lastApplied;
    }

    long number() {
        return number;
    }

    HybridTimestamp lastApplied() {
        return lastApplied;
    }

    int inFlight() {
        return inFlight.get();
    }

    boolean isOver() {
        return over;
    }

    /** The entries whose fate the engine has not told yet. */
    Set<SealedEntry> unfinished() {
        return unfinished;
    }

    void began(SealedEntry entry) {
        inFlight.incrementAndGet();
        unfinished.add(entry);
    }

    void finished(SealedEntry entry) {
        unfinished.remove(entry);
        inFlight.decrementAndGet();
    }

    void end() {
        over = true;
    }
}
