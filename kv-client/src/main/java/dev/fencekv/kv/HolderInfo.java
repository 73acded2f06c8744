package dev.fencekv.kv;

import dev.fencekv.check.Check;

/**
 * One of those who hold a lock.
 *
 * @param shared false for the one who has it alone
 * @param permits of how many it has one; 0 for a lock
 */
public record HolderInfo(GrantInfo grant, boolean shared, int permits) {
    public HolderInfo {
        Check.inRange(0, Limits.PERMITS_MAX, permits, "permits");
    }
}
