package dev.fencekv.client;

import java.net.InetSocketAddress;

/** Reads {@code host:port}; IPv6 hosts in brackets. */
final class Endpoints {
    private Endpoints() {}

    /** Unresolved: names are looked up at each connection, off the event loop. */
    static InetSocketAddress parse(String endpoint) {
        int colon = endpoint.lastIndexOf(':');
        try {
            int port = Integer.parseInt(endpoint.substring(colon + 1));
            String host = endpoint.substring(0, Math.max(0, colon));
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            if (!host.isEmpty() && port > 0) {
                return InetSocketAddress.createUnresolved(host, port);
            }
        } catch (IllegalArgumentException e) {
            // Not a port: said below.
        }
        throw new IllegalArgumentException("not an endpoint (want host:port): " + endpoint);
    }
}
