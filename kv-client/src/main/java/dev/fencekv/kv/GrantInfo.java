package dev.fencekv.kv;

import dev.fencekv.clock.HybridTimestamp;

/**
 * A live grant as listed.
 *
 * @param owner the owner number that the client chose within its session
 * @param revision when it was granted
 * @param at the stamp of the grant
 */
public record GrantInfo(
        FencingToken token,
        SessionId session,
        long owner,
        SessionLabel label,
        long revision,
        HybridTimestamp at) {}
