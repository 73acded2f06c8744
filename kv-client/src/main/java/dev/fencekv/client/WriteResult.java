package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Versioned;
import java.util.Optional;

/**
 * A command that was applied and is durable on a majority.
 *
 * @param changed false if there was nothing to remove; always true for a put
 * @param revision the store's revision that the command made; 0 if it changed nothing
 * @param stamp of the write in hybrid logical time: above the stamp of every write that this client
 *     has seen before
 * @param previous the record that was there before, if the options asked for it and there was one
 */
public record WriteResult(
        boolean changed, long revision, HybridTimestamp stamp, Optional<Versioned> previous) {
    public WriteResult(boolean changed, long revision, HybridTimestamp stamp) {
        this(changed, revision, stamp, Optional.empty());
    }
}
