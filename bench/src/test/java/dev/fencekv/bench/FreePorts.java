package dev.fencekv.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Ports for nodes in tests. */
final class FreePorts {
    private static final int TRIES = 100;

    private FreePorts() {}

    /** The first of the ports of three nodes, all free a moment ago. */
    static int ofThree() {
        SplittableRandom random = new SplittableRandom();
        for (int tries = 0; tries < TRIES; tries++) {
            int base = random.nextInt(12_000, 30_000);
            if (IntStream.of(0, 1, 10, 11, 20, 21).allMatch(offset -> isFree(base + offset))) {
                return base;
            }
        }
        throw new IllegalStateException("no free ports");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
