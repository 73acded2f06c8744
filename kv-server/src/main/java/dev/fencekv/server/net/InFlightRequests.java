package dev.fencekv.server.net;

import dev.fencekv.check.Check;
import dev.fencekv.wire.Frame;

/**
 * The requests of one connection that wait for an answer, and how large they are: correlation id to
 * bytes, by linear probing, without boxing. Owned by the connection's event loop.
 */
final class InFlightRequests {
    static final int COUNT_MAX = 1 << 16;

    /** What {@link #remove} says of a request that is not here. */
    static final int ABSENT = -1;

    private static final int CAPACITY_FIRST = 16;

    /** {@link Frame#NO_REQUEST} marks a free slot: no request has that id. */
    private long[] ids = new long[CAPACITY_FIRST];

    /** {@code sizes[i]} belongs to {@code ids[i]}. */
    private int[] sizes = new int[CAPACITY_FIRST];

    /** Invariant: at most half of the slots are taken, so that every probe ends soon. */
    private int count;

    private long bytes;

    int count() {
        return count;
    }

    /** The size of all together. */
    long bytes() {
        return bytes;
    }

    boolean contains(long id) {
        return ids[slot(id)] == id;
    }

    /** {@code id} must not be here yet. */
    void add(long id, int size) {
        Check.argument(id != Frame.NO_REQUEST, "no request has the id 0");
        Check.argument(count < COUNT_MAX, "too many requests in flight");
        if (2 * (count + 1) > ids.length) {
            grow();
        }
        int slot = slot(id);
        Check.invariant(ids[slot] == Frame.NO_REQUEST, "request is in flight twice");
        ids[slot] = id;
        sizes[slot] = size;
        count++;
        bytes += size;
    }

    /** Returns the size that it had, or {@link #ABSENT}. */
    int remove(long id) {
        int slot = slot(id);
        if (id == Frame.NO_REQUEST || ids[slot] != id) {
            return ABSENT;
        }
        int size = sizes[slot];
        count--;
        bytes -= size;
        closeGap(slot);
        return size;
    }

    void clear() {
        ids = new long[CAPACITY_FIRST];
        sizes = new int[CAPACITY_FIRST];
        count = 0;
        bytes = 0;
    }

    /** Moves back what a probe would no longer find across the free slot. */
    private void closeGap(int gap) {
        int mask = ids.length - 1;
        for (int i = gap + 1 & mask; ids[i] != Frame.NO_REQUEST; i = i + 1 & mask) {
            int home = home(ids[i]);
            boolean reachesOverGap = (i - home & mask) >= (i - gap & mask);
            if (reachesOverGap) {
                ids[gap] = ids[i];
                sizes[gap] = sizes[i];
                gap = i;
            }
        }
        ids[gap] = Frame.NO_REQUEST;
    }

    private void grow() {
        long[] oldIds = ids;
        int[] oldSizes = sizes;
        ids = new long[2 * oldIds.length];
        sizes = new int[2 * oldSizes.length];
        for (int i = 0; i < oldIds.length; i++) {
            if (oldIds[i] != Frame.NO_REQUEST) {
                int slot = slot(oldIds[i]);
                ids[slot] = oldIds[i];
                sizes[slot] = oldSizes[i];
            }
        }
    }

    /** Where {@code id} is, or the free slot where it would be. */
    private int slot(long id) {
        int mask = ids.length - 1;
        int slot = home(id);
        while (ids[slot] != id && ids[slot] != Frame.NO_REQUEST) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    /** Clients count upwards, but need not: the multiplication spreads any ids. */
    private int home(long id) {
        return (int) (id * 0x9E3779B97F4A7C15L >>> 32) & ids.length - 1;
    }
}
