package dev.fencekv.kv;

import dev.fencekv.clock.HybridTimestamp;

/**
 * A grant that has ended and is still remembered as evidence.
 *
 * @param how {@link FenceReason#EXPIRED}, {@link FenceReason#RELEASED} or {@link
 *     FenceReason#REVOKED}
 */
public record EndedGrant(
        FencingToken token,
        SessionId session,
        FenceReason how,
        long revision,
        HybridTimestamp at) {}
