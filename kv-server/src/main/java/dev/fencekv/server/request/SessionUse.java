package dev.fencekv.server.request;

import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.server.replication.AppliedState;

/** May a connection use a session? It must have shown the session's nonce. Safe from any thread. */
final class SessionUse {
    private final AppliedState state;

    SessionUse(AppliedState state) {
        this.state = state;
    }

    /**
     * A session that this node does not know may be used by whoever has shown any nonce for it:
     * apply decides, and may still remember what it did.
     */
    boolean isPermitted(ConnectionState connection, SessionId session) {
        if (session.isNone() || connection.isVerified(session)) {
            return true;
        }
        SessionNonce shown = connection.shown(session);
        if (shown.equals(SessionNonce.NONE)) {
            return false;
        }
        SessionNonce actual = state.read(machine -> machine.view().nonce(session));
        if (actual.equals(SessionNonce.NONE)) {
            return true;
        }
        if (actual.equals(shown)) {
            connection.verified(session);
            return true;
        }
        return false;
    }
}
