package dev.fencekv.client;

import dev.fencekv.kv.Status;

/**
 * The session under which the command was sent is over, and the command was not applied. Its locks
 * are lost and its ephemeral keys gone or about to go. The next command opens a new session.
 */
public final class SessionExpiredException extends FenceKvException {
    SessionExpiredException(String message) {
        super(Status.SESSION_EXPIRED, message);
    }
}
