package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Value;

/**
 * Who leads, and what it has proclaimed.
 *
 * @param value as it was proclaimed last
 * @param token by which it leads; a later leader has a higher one
 * @param holder its grant: session, label, since when
 * @param revision of the proclamation
 * @param at the stamp of that
 */
public record Leader(
        Value value, FencingToken token, GrantInfo holder, long revision, HybridTimestamp at) {}
