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

    /**
     * Whether {@code host} is an IP address as such, which nobody has to look up. Netty and the JDK
     * would tell too, but look at all network interfaces of the machine first.
     */
    static boolean isAddress(String host) {
        return host.indexOf(':') >= 0 || isDottedQuad(host);
    }

    private static boolean isDottedQuad(String host) {
        int numbers = 0;
        int start = 0;
        while (start <= host.length()) {
            int dot = host.indexOf('.', start);
            int end = dot < 0 ? host.length() : dot;
            if (!isByte(host, start, end)) {
                return false;
            }
            numbers++;
            start = end + 1;
        }
        return numbers == 4;
    }

    private static boolean isByte(String text, int start, int end) {
        int number = 0;
        for (int i = start; i < end; i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                return false;
            }
            number = number * 10 + digit - '0';
        }
        return start < end && end - start <= 3 && number <= 255;
    }
}
