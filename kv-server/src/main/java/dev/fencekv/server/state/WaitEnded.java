package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;

/**
 * Apply has ended a wait for a lock. The node that holds the client's connection tells it.
 *
 * @param place the number of the place in the queue that ended; a number is never used again
 * @param status OK: granted; LOCK_BUSY: the time to wait is over; NOT_FOUND: cancelled;
 *     SESSION_EXPIRED: the session is over
 * @param token the grant's; {@link FencingToken#NONE} unless OK
 */
public record WaitEnded(
        SessionId session,
        long owner,
        LockName lock,
        long place,
        Status status,
        FencingToken token,
        long revision,
        HybridTimestamp at) {}
