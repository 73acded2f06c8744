package dev.fencekv.server.health;

/** Hears the peer channel. Called on event loops and for every message: must not wait. */
public interface PeerListener {
    /** What to tell the others of this node, now. */
    PeerReport report();

    /** Any message came from {@code peer}. */
    void heard(String peer);

    /** Entries or a heartbeat came from {@code leader}. */
    void heardLeader(String leader);

    /** {@code peer} has told of itself by its own rhythm. */
    void reported(String peer, PeerReport report);

    /** {@code peer} has answered our own report. */
    void answered(String peer, long roundTripNanos, PeerReport report);

    /** Before anybody listens. */
    PeerListener NONE =
            new PeerListener() {
                @Override
                public PeerReport report() {
                    return new PeerReport(0, 0, 0, 0, false, 0);
                }

                @Override
                public void heard(String peer) {}

                @Override
                public void heardLeader(String leader) {}

                @Override
                public void reported(String peer, PeerReport report) {}

                @Override
                public void answered(String peer, long roundTripNanos, PeerReport report) {}
            };
}
