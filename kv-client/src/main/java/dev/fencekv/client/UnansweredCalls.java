package dev.fencekv.client;

import dev.fencekv.check.Check;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the requests of one connection upwards from 1, and finds by its number the call that
 * waits for a reply. Owned by the event loop.
 *
 * <p>Numbers that follow each other are neighbours in a ring, and one whose place is taken by a
 * call that waits for long is left out. So there is nothing to probe or to close up; a hash map
 * that probes linearly moves all its neighbours at each removal, which took two thirds of a busy
 * client's time.
 */
final class UnansweredCalls {
    private static final int CAPACITY_FIRST = 64;

    /** A call is at its number modulo the length, which is a power of two. */
    private @Nullable Call[] ring = new @Nullable Call[CAPACITY_FIRST];

    /** Invariant: at most half of {@link #ring}, so that a free place is soon found. */
    private int count;

    private long lastNumber;

    /** A number that was not given before and whose place is free. */
    long nextNumber() {
        do {
            lastNumber++;
        } while (ring[place(lastNumber)] != null);
        return lastNumber;
    }

    /**
     * @param number the last that {@link #nextNumber} gave
     */
    void add(long number, Call call) {
        Check.invariant(number == lastNumber, "a number is used once", number, lastNumber);
        call.correlation = number;
        ring[place(number)] = call;
        count++;
        if (2 * count > ring.length) {
            grow();
        }
    }

    /** Null if nobody waits for a reply to this. */
    @Nullable Call find(long number) {
        Call call = ring[place(number)];
        return call != null && call.correlation == number ? call : null;
    }

    /** As {@link #find}; nobody waits any more. */
    @Nullable Call remove(long number) {
        Call call = find(number);
        if (call != null) {
            ring[place(number)] = null;
            count--;
        }
        return call;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** All, in no order; none of them waits any more. */
    List<Call> removeAll() {
        List<Call> all = new ArrayList<>(count);
        for (int i = 0; i < ring.length; i++) {
            Call call = ring[i];
            if (call != null) {
                all.add(call);
                ring[i] = null;
            }
        }
        count = 0;
        return all;
    }

    private int place(long number) {
        return (int) number & ring.length - 1;
    }

    private void grow() {
        @Nullable Call[] old = ring;
        ring = new @Nullable Call[2 * old.length];
        for (Call call : old) {
            if (call != null) {
                ring[place(call.correlation)] = call;
            }
        }
    }
}
