package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import java.util.concurrent.atomic.AtomicLong;

/** The highest stamp and revision that a client has seen. Safe from any thread; both only grow. */
final class SeenMarks {
    private final AtomicLong packedStamp = new AtomicLong();
    private final AtomicLong revision = new AtomicLong();

    void observe(HybridTimestamp stamp) {
        if (stamp.packed() > packedStamp.get()) {
            packedStamp.accumulateAndGet(stamp.packed(), Math::max);
        }
    }

    void observeRevision(long seen) {
        if (seen > revision.get()) {
            revision.accumulateAndGet(seen, Math::max);
        }
    }

    HybridTimestamp stamp() {
        return new HybridTimestamp(packedStamp.get());
    }

    long revision() {
        return revision.get();
    }
}
