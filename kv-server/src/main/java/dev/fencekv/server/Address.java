package dev.fencekv.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** HOST:PORT as an operator writes it. */
record Address(String host, int port) {
    /** Throws IllegalArgumentException with what is wrong. */
    static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("not an address (want HOST:PORT): " + text);
        }
        String host = text.substring(0, colon);
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("port out of range in " + text);
            }
            return new Address(host, port);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a port number in " + text, e);
        }
    }

    /**
     * Throws IllegalArgumentException if the host is unknown or stands for all addresses: the
     * others are told this one, and nobody can reach 0.0.0.0.
     */
    InetSocketAddress resolveForListening() {
        try {
            InetAddress address = InetAddress.getByName(host);
            if (address.isAnyLocalAddress()) {
                throw new IllegalArgumentException(
                        this + " stands for all addresses: name the one that others reach");
            }
            return new InetSocketAddress(address, port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("unknown host in " + this, e);
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
