package dev.fencekv.server.resp;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts for {@link RespCounts}, and what all connections share. Safe from any thread. */
final class RespTally {
    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger lockSessions = new AtomicInteger();

    /** Bytes that connections hold of commands. */
    final AtomicLong heldBytes = new AtomicLong();

    final LongAdder refused = new LongAdder();
    final LongAdder closed = new LongAdder();
    final LongAdder commands = new LongAdder();
    final LongAdder errors = new LongAdder();
    final LongAdder unknown = new LongAdder();

    RespCounts counts() {
        return new RespCounts(
                connections.get(),
                refused.sum(),
                closed.sum(),
                commands.sum(),
                errors.sum(),
                unknown.sum(),
                lockSessions.get());
    }
}
