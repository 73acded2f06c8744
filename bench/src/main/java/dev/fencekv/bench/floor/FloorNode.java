package dev.fencekv.bench.floor;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process that does for a write what no replicated store can leave out, and nothing else. A
 * follower answers when its log is durable. A leader sends to its followers, makes its own log
 * durable meanwhile, and answers when two of the three are; whichever thread learns of the second
 * answers, so that there is no hand-off.
 */
public final class FloorNode {
    /** A put's frame: 16 B key, 128 B value, header. */
    static final int REQUEST_BYTES = 160;

    static final int ANSWER_BYTES = 16;

    /** First byte of a request. */
    static final byte ECHO = 0;

    static final byte WRITE = 1;

    private final PreallocatedLog log;

    private FloorNode(PreallocatedLog log) {
        this.log = log;
    }

    /** FILE [FOLLOWER_PORT...]: prints the port it serves on; ends with its standard input. */
    public static void main(String[] args) throws IOException {
        try (PreallocatedLog log = new PreallocatedLog(Path.of(args[0]));
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            FloorNode node = new FloorNode(log);
            List<Socket> followers = new ArrayList<>();
            for (int i = 1; i < args.length; i++) {
                followers.add(connect(Integer.parseInt(args[i])));
            }
            System.out.println(server.getLocalPort());
            daemon(() -> node.serve(server.accept(), followers));
            while (System.in.read() >= 0) {
                // Until whoever started us is done with us, or gone.
            }
        }
    }

    static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private void serve(Socket client, List<Socket> followers) throws IOException {
        client.setTcpNoDelay(true);
        Quorum quorum = new Quorum(client.getOutputStream(), 1 + followers.size());
        for (int i = 0; i < followers.size(); i++) {
            int log = 1 + i;
            InputStream answers = followers.get(i).getInputStream();
            daemon(() -> quorum.hear(log, answers));
        }
        DataInputStream in = new DataInputStream(client.getInputStream());
        byte[] request = new byte[REQUEST_BYTES];
        while (true) {
            in.readFully(request);
            if (request[0] == ECHO) {
                client.getOutputStream().write(new byte[ANSWER_BYTES]);
            } else if (followers.isEmpty()) {
                log.append();
                client.getOutputStream().write(new byte[ANSWER_BYTES]);
            } else {
                for (Socket follower : followers) {
                    follower.getOutputStream().write(request);
                }
                log.append();
                quorum.durableOn(0);
            }
        }
    }

    /**
     * Counts on how many logs each write is durable. The client has one write outstanding, but the
     * last log may lag behind: its report of a write can come during the next one.
     */
    private static final class Quorum {
        private static final int SIZE = 2;

        private final OutputStream client;
        private final long[] durable;

        Quorum(OutputStream client, int logs) {
            this.client = client;
            this.durable = new long[logs];
        }

        /** Another write is durable on this log. */
        void durableOn(int log) throws IOException {
            if (completes(log)) {
                client.write(new byte[ANSWER_BYTES]);
            }
        }

        private synchronized boolean completes(int log) {
            long write = ++durable[log];
            int logs = 0;
            for (long last : durable) {
                logs += last >= write ? 1 : 0;
            }
            return logs == SIZE;
        }

        void hear(int log, InputStream follower) throws IOException {
            DataInputStream in = new DataInputStream(follower);
            byte[] answer = new byte[ANSWER_BYTES];
            while (true) {
                in.readFully(answer);
                durableOn(log);
            }
        }
    }

    /** A part of a node's work; it ends when the other end is gone. */
    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(Work work) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                work.run();
                            } catch (IOException e) {
                                // The measurement is over.
                            }
                        });
        thread.setDaemon(true);
        thread.start();
    }
}
