package dev.fencekv.client;

import dev.fencekv.kv.Status;

/**
 * The write may or may not have applied, and the client could not find out before the deadline. It
 * will not apply later than the next acknowledged write of the same session. Read the key: a record
 * names the session and sequence number of its last writer.
 */
public final class OutcomeUnknownException extends FenceKvException {
    OutcomeUnknownException(String message) {
        super(Status.OUTCOME_UNKNOWN, message);
    }
}
