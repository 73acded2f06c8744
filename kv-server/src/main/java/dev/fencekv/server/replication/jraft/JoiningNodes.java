package dev.fencekv.server.replication.jraft;

import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.server.replication.SeenPeer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The nodes without a cluster that this one has refused lately: they come back every two seconds,
 * until somebody lets them in. Safe from any thread.
 */
final class JoiningNodes {
    private static final long LATELY_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Anybody can introduce himself by any name. */
    private static final int NODES_MAX = 64;

    private record Refused(SeenPeer peer, long atNanos) {}

    private final MonotonicClock monotonic;

    /** By peer address. Guarded by this. */
    private final Map<String, Refused> refused = new HashMap<>();

    JoiningNodes(MonotonicClock monotonic) {
        this.monotonic = monotonic;
    }

    synchronized void refused(SeenPeer peer) {
        forgetOld();
        String address = peer.member().peerAddress();
        if (refused.containsKey(address) || refused.size() < NODES_MAX) {
            refused.put(address, new Refused(peer, monotonic.nanos()));
        }
    }

    /** It was let in: it does not ask any more, whatever becomes of it. */
    synchronized void accepted(String peerAddress) {
        refused.remove(peerAddress);
    }

    /** The one that was refused last at this peer address, if that was lately. */
    synchronized Optional<SeenPeer> at(String peerAddress) {
        forgetOld();
        return Optional.ofNullable(refused.get(peerAddress)).map(Refused::peer);
    }

    private void forgetOld() {
        long now = monotonic.nanos();
        refused.values().removeIf(each -> now - each.atNanos > LATELY_NANOS);
    }
}
