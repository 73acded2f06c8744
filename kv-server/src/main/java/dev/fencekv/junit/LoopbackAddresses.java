package dev.fencekv.junit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Addresses on loopback that nobody listens on. They lie below the ports that systems give to
 * outgoing connections, or one of these might take the port of a node while it is stopped. Another
 * process may still come first: then starting fails, and is tried with others.
 */
final class LoopbackAddresses {
    private static final int FIRST = 10_000;
    private static final int COUNT = 22_000;

    private LoopbackAddresses() {}

    /** HOST:PORT of each, all different. */
    static List<String> free(int count) throws IOException {
        int start = ThreadLocalRandom.current().nextInt(COUNT);
        List<String> free = new ArrayList<>();
        for (int tried = 0; free.size() < count; tried++) {
            if (tried == COUNT) {
                throw new IOException("no free port on loopback between 10000 and 31999");
            }
            int port = FIRST + (start + tried) % COUNT;
            if (isFree(port)) {
                free.add("127.0.0.1:" + port);
            }
        }
        return free;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
