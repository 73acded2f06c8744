package dev.fencekv.client;

import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;

/**
 * A grant that ended without being given back.
 *
 * @param token the grant's token; writes that show it are refused from now on
 * @param cause how the client learned of it
 */
public record LockLost(LockName lock, FencingToken token, Cause cause) {
    /** How the client learned of it. */
    public enum Cause {
        /** No renewal was acknowledged for the session's TTL. */
        DEADLINE_PASSED,
        /** The store says that the session has ended. */
        SESSION_EXPIRED,
        /** The store no longer lists the grant, or has refused its token. */
        REVOKED,
        /** The store would not take something back: the client has let the whole session go. */
        SESSION_GIVEN_UP
    }
}
