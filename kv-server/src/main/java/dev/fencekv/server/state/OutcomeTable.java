package dev.fencekv.server.state;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The remembered outcomes of one session by sequence number: a hash table whose chains run through
 * the outcomes, so that a command costs no object beside its outcome. A table of n buckets has at
 * most n outcomes of a window of 4096 numbers, so no chain is longer than 64, whatever the numbers.
 *
 * <p>Owned by the apply thread.
 */
final class OutcomeTable {
    private static final int FIRST_BUCKETS = 4;

    /** A power of two, and not fewer than there are outcomes. */
    private @Nullable RememberedOutcome[] buckets = new RememberedOutcome[FIRST_BUCKETS];

    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    @Nullable RememberedOutcome get(long sequence) {
        RememberedOutcome outcome = buckets[bucketOf(sequence)];
        while (outcome != null && outcome.sequence != sequence) {
            outcome = outcome.next;
        }
        return outcome;
    }

    /** There must be none of that number. */
    void add(RememberedOutcome outcome) {
        if (size == buckets.length) {
            grow();
        }
        link(outcome);
        size++;
    }

    private void link(RememberedOutcome outcome) {
        int bucket = bucketOf(outcome.sequence);
        outcome.next = buckets[bucket];
        buckets[bucket] = outcome;
    }

    private void grow() {
        @Nullable RememberedOutcome[] old = buckets;
        buckets = new RememberedOutcome[2 * old.length];
        for (RememberedOutcome head : old) {
            RememberedOutcome outcome = head;
            while (outcome != null) {
                RememberedOutcome next = outcome.next;
                link(outcome);
                outcome = next;
            }
        }
    }

    /** Returns what it has removed, or null if there is none. */
    @Nullable RememberedOutcome remove(long sequence) {
        int bucket = bucketOf(sequence);
        RememberedOutcome before = null;
        RememberedOutcome outcome = buckets[bucket];
        while (outcome != null && outcome.sequence != sequence) {
            before = outcome;
            outcome = outcome.next;
        }
        if (outcome == null) {
            return null;
        }
        if (before == null) {
            buckets[bucket] = outcome.next;
        } else {
            before.next = outcome.next;
        }
        outcome.next = null;
        size--;
        return outcome;
    }

    /** In no particular order. */
    void forEach(Consumer<RememberedOutcome> visitor) {
        for (RememberedOutcome head : buckets) {
            for (RememberedOutcome outcome = head; outcome != null; outcome = outcome.next) {
                visitor.accept(outcome);
            }
        }
    }

    private int bucketOf(long sequence) {
        return (int) sequence & buckets.length - 1;
    }
}
