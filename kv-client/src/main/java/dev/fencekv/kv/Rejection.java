package dev.fencekv.kv;

import dev.fencekv.clock.HybridTimestamp;
import java.util.Optional;

/**
 * A write, a release or an admission that a fence refused, or a write that an observing guard would
 * have refused.
 *
 * @param revision the revision that recorded it first: its id
 * @param at the last applied stamp at that moment
 * @param session who tried; {@link SessionId#NONE} without a session
 * @param label that session's label
 * @param key the key it tried to change; empty for the release of a lock, and for an admission by a
 *     gate
 * @param enforced false if an observing guard let it through
 * @param repeats how often the same session showed the same token of the same lock; from 1
 */
public record Rejection(
        long revision,
        HybridTimestamp at,
        SessionId session,
        SessionLabel label,
        Optional<Key> key,
        FenceViolation violation,
        boolean enforced,
        long repeats) {}
