package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** The highest stamp and revision that a client has seen. Safe from any thread; both only grow. */
final class SeenMarks {
    private final AtomicReference<HybridTimestamp> stamp =
            new AtomicReference<>(HybridTimestamp.ZERO);

    private final AtomicLong revision = new AtomicLong();

    void observe(HybridTimestamp other) {
        HybridTimestamp highest = stamp.get();
        while (other.isAfter(highest) && !stamp.compareAndSet(highest, other)) {
            highest = stamp.get();
        }
    }

    void observeRevision(long seen) {
        if (seen > revision.get()) {
            revision.accumulateAndGet(seen, Math::max);
        }
    }

    HybridTimestamp stamp() {
        return stamp.get();
    }

    long revision() {
        return revision.get();
    }
}
