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

    /** False if the connection has too many live sessions already. */
    boolean bind(ConnectionState connection, SessionId session, SessionNonce nonce) {
        return connection.bind(session, nonce, this::hasEnded);
    }

    /** Whether the connection may open another session. */
    boolean hasRoom(ConnectionState connection) {
        return connection.makeRoom(this::hasEnded);
    }

    private boolean hasEnded(SessionId session) {
        return state.read(machine -> machine.view().hasEnded(session));
    }

    /** Whether {@code nonce} is the session's, or this node cannot know: it may be behind. */
    boolean isCredible(SessionId session, SessionNonce nonce) {
        SessionNonce actual = state.read(machine -> machine.view().nonce(session));
        return actual.equals(SessionNonce.NONE) || actual.equals(nonce);
    }

    /**
     * To be asked on a leader that is ready: it knows every session that was ever acknowledged. One
     * that has ended and is forgotten may be used by whoever has shown any nonce for it: apply
     * decides, and will not let it do anything.
     *
     * <p>HAZARD: ids can be guessed. Whoever binds the next one, and sends a command in its name
     * while its OPEN_SESSION is on its way into the log, would act in another's session.
     */
    boolean isPermitted(ConnectionState connection, SessionId session) {
        if (session.isNone()) {
            return true;
        }
        ConnectionState.Binding shown = connection.binding(session);
        if (shown == null) {
            return false;
        }
        if (shown.isVerified()) {
            return true;
        }
        SessionNonce actual = state.read(machine -> machine.view().nonce(session));
        if (actual.equals(SessionNonce.NONE)) {
            return hasEnded(session);
        }
        if (actual.equals(shown.nonce())) {
            shown.verified();
            return true;
        }
        return false;
    }
}
