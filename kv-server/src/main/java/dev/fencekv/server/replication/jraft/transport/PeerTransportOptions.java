package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.util.Endpoint;
import dev.fencekv.check.Check;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * @param advertised the endpoint of this node's PeerId: how the others name it
 * @param bind where it listens; another address than the advertised one only if something forwards
 *     between the two
 * @param tls null = plaintext
 */
public record PeerTransportOptions(
        Endpoint advertised, InetSocketAddress bind, PeerIdentity identity, @Nullable PeerTls tls) {
    public PeerTransportOptions {
        Check.argument(!bind.isUnresolved(), "cannot resolve " + bind);
        Check.argument(
                !bind.getAddress().isAnyLocalAddress(),
                "the peer port is never bound to all addresses, name one");
        Check.argument(
                identity.local().address().equals(advertised.toString()),
                "the identity says " + identity.local().address() + ", the endpoint " + advertised);
    }

    /** Listens where the others look for it, without TLS. */
    public static PeerTransportOptions plaintext(Endpoint advertised, PeerIdentity identity) {
        return new PeerTransportOptions(
                advertised,
                new InetSocketAddress(advertised.getIp(), advertised.getPort()),
                identity,
                null);
    }

    public PeerTransportOptions withTls(PeerTls with) {
        return new PeerTransportOptions(advertised, bind, identity, with);
    }

    public PeerTransportOptions withBind(InetSocketAddress with) {
        return new PeerTransportOptions(advertised, with, identity, tls);
    }
}
