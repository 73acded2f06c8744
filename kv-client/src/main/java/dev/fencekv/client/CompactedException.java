package dev.fencekv.client;

import dev.fencekv.kv.Status;

/**
 * The moment that was asked for is no longer known: to none of the nodes that were asked. What is
 * there now can be read.
 */
public final class CompactedException extends FenceKvException {
    CompactedException(String message) {
        super(Status.COMPACTED, message);
    }
}
