package dev.fencekv.server.replication.jraft.transport;

import java.security.cert.Certificate;
import java.util.List;

/**
 * Who we are, and whom we talk to. Asked on every new connection, by both sides.
 *
 * <p>{@link #local} and {@link #judge} are called on I/O threads: answer from memory. They are
 * asked anew each time, so what they answer may change while the node runs; {@link
 * PeerTransport#judgeAgain} applies a change to the connections that are already open.
 */
public interface PeerIdentity {
    /** Its address must be the one that the transport was built with. */
    PeerHello local();

    /**
     * @param certificates the chain that the peer has proven to own, its own first; empty without
     *     TLS
     */
    Verdict judge(PeerHello remote, List<Certificate> certificates);

    /**
     * A peer has just introduced itself, and was not accepted. On an I/O thread. Not told of those
     * that are judged again.
     */
    default void onTurnedAway(PeerHello remote) {}

    /**
     * A peer has refused us. Told at every attempt, so that an alarm can see that it goes on; never
     * on an I/O thread.
     *
     * @param byAddress whom we called, or who called us
     */
    void onRefused(String byAddress, String reason);
}
