package dev.fencekv.client;

import dev.fencekv.kv.Status;

/** Nobody could serve the request before its deadline. It was not applied and never will be. */
public final class UnavailableException extends FenceKvException {
    UnavailableException(String message) {
        super(Status.UNAVAILABLE, message);
    }
}
