package dev.fencekv.server.request;

import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which sessions a connection has shown the nonce of. Safe from any thread. */
public final class ConnectionState {
    /** A connection that binds more is not a client of ours. */
    private static final int SESSIONS_MAX = 64;

    private final Map<SessionId, SessionNonce> bound = new ConcurrentHashMap<>();

    /** Sessions whose shown nonce was found to be theirs: it never changes. */
    private final Set<SessionId> verified = ConcurrentHashMap.newKeySet();

    /** Remembers a nonce; false if the connection has shown too many. */
    public boolean bind(SessionId session, SessionNonce nonce) {
        if (bound.size() >= SESSIONS_MAX && !bound.containsKey(session)) {
            return false;
        }
        if (!nonce.equals(bound.put(session, nonce))) {
            verified.remove(session);
        }
        return true;
    }

    boolean isVerified(SessionId session) {
        return verified.contains(session);
    }

    void verified(SessionId session) {
        verified.add(session);
    }

    /** The nonce shown for {@code session}; {@link SessionNonce#NONE} if none was. */
    public SessionNonce shown(SessionId session) {
        return bound.getOrDefault(session, SessionNonce.NONE);
    }
}
