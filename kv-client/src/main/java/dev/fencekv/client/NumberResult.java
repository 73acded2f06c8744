package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;

/**
 * A command that was applied, is durable on a majority, and made a number.
 *
 * @param number what the key's number, or its value's length in bytes, became; or how many keys of
 *     a range were removed
 * @param revision the store's revision that the command made
 * @param stamp of the write in hybrid logical time
 */
public record NumberResult(long number, long revision, HybridTimestamp stamp) {}
