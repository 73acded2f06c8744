package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Limits;

/**
 * Numbers the commands of one session from 1 and knows the floor: all below it are settled. Owned
 * by the event loop.
 */
final class SequenceWindow {
    private static final int SIZE = Limits.IN_FLIGHT_PER_SESSION_MAX;

    /**
     * Numbers kept for giving something back, so that a lock can be released although the floor
     * waits for one slow command.
     */
    static final int RESERVED = 64;

    static {
        Check.invariant(Integer.bitCount(SIZE) == 1, "the window is indexed by a mask");
    }

    /** Invariant: true only for settled numbers in {@code (floor, next)}. */
    private final boolean[] settled = new boolean[SIZE];

    /** Invariant: {@code floor <= next <= floor + SIZE}; {@code floor} itself is not settled. */
    private long floor = 1;

    private long next = 1;

    boolean hasRoom() {
        return next < floor + SIZE - RESERVED;
    }

    boolean hasRoomForGivingBack() {
        return next < floor + SIZE;
    }

    long take() {
        Check.invariant(hasRoomForGivingBack(), "no room in the window", floor, next);
        return next++;
    }

    long floor() {
        return floor;
    }

    /** Once for each number taken. */
    void settle(long sequence) {
        Check.invariant(sequence >= floor && sequence < next, "not in flight", sequence, floor);
        int at = (int) (sequence & (SIZE - 1));
        Check.invariant(!settled[at], "settled twice", sequence, floor);
        settled[at] = true;
        while (floor < next && settled[(int) (floor & (SIZE - 1))]) {
            settled[(int) (floor & (SIZE - 1))] = false;
            floor++;
        }
    }
}
