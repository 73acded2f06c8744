package dev.fencekv.client;

import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The grants that this client has and has not given back. Owned by the event loop. */
final class Grants {
    private final Map<FencingToken, Held> held = new HashMap<>();

    private record Held(Grant grant, Consumer<LockLost> onLost) {}

    /** {@code onLost} is called once if the grant is lost. */
    void add(Grant grant, Consumer<LockLost> onLost) {
        held.put(grant.token(), new Held(grant, onLost));
    }

    void remove(Grant grant) {
        held.remove(grant.token());
    }

    /** The store lists what the session holds as of a revision: what is missing has ended. */
    void renewed(LiveSession session, long revision, List<FencingToken> liveTokens) {
        Set<FencingToken> live = new HashSet<>(liveTokens);
        for (Held each : new ArrayList<>(held.values())) {
            Grant grant = each.grant();
            if (grant.session() == session
                    && grant.revision() <= revision
                    && !live.contains(grant.token())) {
                lose(each, LockLost.Cause.REVOKED);
            }
        }
    }

    /** The store has refused tokens. */
    void fenced(List<FenceViolation> violations) {
        for (FenceViolation violation : violations) {
            Held each = held.get(violation.shown());
            if (each != null && each.grant().lock().equals(violation.lock())) {
                switch (violation.reason()) {
                    case SUPERSEDED, EXPIRED, RELEASED, REVOKED, UNKNOWN_TOKEN ->
                            lose(each, LockLost.Cause.REVOKED);
                    case WRONG_LOCK, FENCE_REQUIRED -> {
                        // Says nothing about the grant.
                    }
                }
            }
        }
    }

    void sessionOver(LiveSession session, LockLost.Cause cause) {
        for (Held each : new ArrayList<>(held.values())) {
            if (each.grant().session() == session) {
                lose(each, cause);
            }
        }
    }

    /** The client gives everything back by ending its session. */
    void releaseAll() {
        held.values().forEach(each -> each.grant().release());
        held.clear();
    }

    private void lose(Held each, LockLost.Cause cause) {
        Grant grant = each.grant();
        held.remove(grant.token());
        if (grant.lose()) {
            each.onLost().accept(new LockLost(grant.lock(), grant.token(), cause));
        }
    }
}
