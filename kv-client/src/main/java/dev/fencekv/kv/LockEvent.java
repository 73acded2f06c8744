package dev.fencekv.kv;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;

/**
 * Something that happened to a lock.
 *
 * @param revision of the command that did it; all its effects share it
 * @param stamp of that command
 * @param token of the grant that begins or ends; {@link FencingToken#NONE} of who waits
 * @param session who holds, held or waits
 * @param owner the owner number that the client chose within its session
 * @param label of the session
 * @param shared whether others may hold it at the same time
 * @param permits how many at most, of a semaphore; 0 of a lock
 * @param delayMs of EXPIRED: for how long nobody is granted the lock now, in lease time; else 0
 */
public record LockEvent(
        LockEventType type,
        long revision,
        HybridTimestamp stamp,
        LockName lock,
        FencingToken token,
        SessionId session,
        long owner,
        SessionLabel label,
        boolean shared,
        int permits,
        long delayMs) {
    public LockEvent {
        Check.inRange(0, Limits.PERMITS_MAX, permits, "permits");
        Check.atLeast(0, delayMs, "delayMs");
    }
}
