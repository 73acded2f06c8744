package dev.fencekv.server.replication;

import dev.fencekv.clock.HybridClock;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Limits;
import java.util.function.Supplier;

/**
 * May a client's stamp enter an entry? A stamp that was applied moves nothing and always may. One
 * above it may lie a little ahead of the leader's clock, no more: reject, don't absorb.
 *
 * <p>Safe from any thread.
 */
public final class StampAdmission {
    /**
     * @param seen the client's stamp
     * @param physicalMs the leader's clock; 0 if it did not have to be asked
     */
    public record Verdict(boolean accepted, HybridTimestamp seen, long physicalMs) {}

    private final Supplier<HybridTimestamp> lastApplied;
    private final PhysicalClock clock;

    public StampAdmission(Supplier<HybridTimestamp> lastApplied, PhysicalClock clock) {
        this.lastApplied = lastApplied;
        this.clock = clock;
    }

    public Verdict judge(HybridTimestamp seen) {
        if (!seen.isAfter(lastApplied.get())) {
            return new Verdict(true, seen, 0);
        }
        long physicalMs = clock.millis();
        boolean ahead = HybridClock.tooFarAhead(seen, physicalMs, Limits.CLOCK_OFFSET_MS_MAX);
        return new Verdict(!ahead, seen, physicalMs);
    }
}
