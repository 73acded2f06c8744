package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;

/**
 * A command that was applied and is durable on a majority.
 *
 * @param changed false if there was nothing to remove; always true for a put
 * @param revision the store's revision that the command made; 0 if it changed nothing
 * @param stamp of the write in hybrid logical time: above the stamp of every write that this client
 *     has seen before
 */
public record WriteResult(boolean changed, long revision, HybridTimestamp stamp) {}
