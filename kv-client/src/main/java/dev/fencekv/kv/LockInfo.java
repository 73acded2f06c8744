package dev.fencekv.kv;

import java.util.List;
import java.util.Optional;

/**
 * A lock as listed.
 *
 * @param newestToken the newest token ever granted of it; {@link FencingToken#NONE} if never
 * @param grant who holds it; the newest grant, if several share it: {@code KvClient.listHolders}
 *     has all
 * @param delayRemainingMs lease time until a lock-delay is over; 0 if none
 * @param waiters how many wait
 * @param queue the first {@link Limits#LIST_ROWS_MAX} of them, in the order in which they will be
 *     granted
 * @param ended the last grants that ended, oldest first
 */
public record LockInfo(
        LockName name,
        FencingToken newestToken,
        Optional<GrantInfo> grant,
        long delayRemainingMs,
        int waiters,
        List<WaiterInfo> queue,
        List<EndedGrant> ended) {
    public LockInfo {
        queue = List.copyOf(queue);
        ended = List.copyOf(ended);
    }
}
