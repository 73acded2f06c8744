package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.util.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Endpoints on loopback that nobody listened on a moment ago. */
final class Loopback {
    private Loopback() {}

    static List<Endpoint> endpoints(int count) {
        List<ServerSocket> held = new ArrayList<>();
        List<Endpoint> endpoints = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                held.add(socket);
                endpoints.add(new Endpoint("127.0.0.1", socket.getLocalPort()));
            }
            for (ServerSocket socket : held) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return endpoints;
    }
}
