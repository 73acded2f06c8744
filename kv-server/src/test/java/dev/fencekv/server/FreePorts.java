package dev.fencekv.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Addresses on loopback for servers that a test starts, and starts again. Each is given out once,
 * and not to tests that Maven runs beside this one. They lie below the ports that the system gives
 * to outgoing connections, or one of these might take the port of a node while it is down.
 */
public final class FreePorts {
    private static final int FIRST = 12_000;
    private static final int PORTS_PER_FORK = 5_000;
    private static final int FORKS_MAX = 4;

    private static final int FORK = Integer.getInteger("surefire.forkNumber", 1) % FORKS_MAX;

    /** Guarded by the class. Random, for tests of another build beside this one. */
    private static int next = new Random().nextInt(PORTS_PER_FORK);

    private FreePorts() {}

    /** HOST:PORT of each. */
    public static synchronized List<String> addresses(int count) {
        List<String> free = new ArrayList<>();
        for (int tries = 0; free.size() < count; tries++) {
            if (tries > PORTS_PER_FORK) {
                throw new IllegalStateException("no free ports");
            }
            int port = FIRST + FORK * PORTS_PER_FORK + next;
            next = (next + 1) % PORTS_PER_FORK;
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
