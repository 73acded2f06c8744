package dev.fencekv.client;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Reads {@code host:port}; IPv6 hosts in brackets. */
final class Endpoints {
    private Endpoints() {}

    static boolean isEndpoint(String endpoint) {
        return read(endpoint) != null;
    }

    /** Unresolved: names are looked up at each connection, off the event loop. */
    static InetSocketAddress parse(String endpoint) {
        InetSocketAddress address = read(endpoint);
        if (address == null) {
            throw new IllegalArgumentException("not an endpoint (want host:port): " + endpoint);
        }
        return address;
    }

    private static @Nullable InetSocketAddress read(String endpoint) {
        int colon = endpoint.lastIndexOf(':');
        try {
            int port = Integer.parseInt(endpoint.substring(colon + 1));
            String host = endpoint.substring(0, Math.max(0, colon));
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            return host.isEmpty() || port <= 0
                    ? null
                    : InetSocketAddress.createUnresolved(host, port);
        } catch (IllegalArgumentException e) {
            return null; // Not a port.
        }
    }
}
