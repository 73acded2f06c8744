package dev.fencekv.client;

import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Status;

/**
 * Somebody else holds the lock; this client has no place in its queue any more. Of a transaction: a
 * lock that it acquires is not free, and nothing was done.
 */
public final class LockBusyException extends FenceKvException {
    LockBusyException(LockName lock) {
        super(Status.LOCK_BUSY, "lock " + lock + " is held by another owner");
    }

    LockBusyException(String message) {
        super(Status.LOCK_BUSY, message);
    }
}
