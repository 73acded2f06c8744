package dev.fencekv.server.state;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GrantInfo;

/** A lock is held: by which owner of which session, by which token, since when. */
record Grant(
        FencingToken token,
        Session session,
        long owner,
        long revision,
        HybridTimestamp at,
        long lockDelayMs) {
    GrantInfo info() {
        return new GrantInfo(token, session.id, owner, session.label, revision, at);
    }
}
