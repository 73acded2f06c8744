package dev.fencekv.server.request;

import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which sessions a connection has shown the nonce of. Safe from any thread. */
public final class ConnectionState {
    /** A connection that has more alive at once is not a client of ours. */
    static final int SESSIONS_MAX = 64;

    /** A nonce that was shown for a session. */
    static final class Binding {
        private final SessionNonce nonce;

        /** Whether the nonce was found to be the session's: it never changes. */
        private volatile boolean verified;

        private Binding(SessionNonce nonce) {
            this.nonce = nonce;
        }

        SessionNonce nonce() {
            return nonce;
        }

        boolean isVerified() {
            return verified;
        }

        void verified() {
            verified = true;
        }
    }

    /** Changed under this. */
    private final Map<SessionId, Binding> bindings = new ConcurrentHashMap<>();

    /** Remembers a nonce; false if too many sessions are bound here that have not ended. */
    synchronized boolean bind(
            SessionId session, SessionNonce nonce, Predicate<SessionId> hasEnded) {
        if (!bindings.containsKey(session) && !makeRoom(hasEnded)) {
            return false;
        }
        bindOpened(session, nonce);
        return true;
    }

    /** Whether another session can be bound; drops the oldest that has ended if need be. */
    synchronized boolean makeRoom(Predicate<SessionId> hasEnded) {
        if (bindings.size() < SESSIONS_MAX) {
            return true;
        }
        return bindings.keySet().stream()
                .filter(hasEnded)
                .min(SessionId::compareTo)
                .map(ended -> bindings.remove(ended) != null)
                .orElse(false);
    }

    /**
     * As {@link #bind} for a session that is open now, which cannot be refused any more: {@link
     * #makeRoom} was asked before. What was in flight meanwhile may go beyond the limit.
     */
    synchronized void bindOpened(SessionId session, SessionNonce nonce) {
        Binding known = bindings.get(session);
        if (known == null || !known.nonce().equals(nonce)) {
            bindings.put(session, new Binding(nonce));
        }
    }

    /** What was shown for {@code session}; null if nothing was. */
    @Nullable Binding binding(SessionId session) {
        return bindings.get(session);
    }
}
