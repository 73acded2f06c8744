package dev.fencekv.bench.floor;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Measures the {@link Floor}, in some five seconds. Owned by one thread. */
public final class FloorProbe implements AutoCloseable {
    private static final long WARM_UP_NANOS = 500_000_000;
    private static final long MEASURED_NANOS = 1_000_000_000;
    private static final int LOGS = 3;

    private final Path dir;
    private final List<Process> nodes = new ArrayList<>();

    private FloorProbe(Path dir) {
        this.dir = dir;
    }

    /** On the disk under {@code data}, which is made if need be. */
    public static Floor measure(Path data) throws IOException, InterruptedException {
        Path dir = Files.createTempDirectory(Files.createDirectories(data), "floor");
        try (FloorProbe probe = new FloorProbe(dir)) {
            double one = probe.fsync(1);
            double three = probe.fsync(LOGS);
            int first = probe.startNode();
            int second = probe.startNode();
            int leader = probe.startNode(first, second);
            try (Socket socket = FloorNode.connect(leader)) {
                return new Floor(
                        one,
                        three,
                        median(() -> ask(socket, FloorNode.ECHO)),
                        median(() -> ask(socket, FloorNode.WRITE)));
            }
        }
    }

    /** What is done once and timed. */
    private interface Step {
        void run() throws IOException;
    }

    /** In microseconds. */
    private static double median(Step step) throws IOException {
        return time(step).getValueAtPercentile(50) / 1e3;
    }

    private static Histogram time(Step step) throws IOException {
        Histogram nanos = new Histogram(3);
        long begin = System.nanoTime();
        long last = begin;
        while (last - begin < WARM_UP_NANOS + MEASURED_NANOS) {
            step.run();
            long now = System.nanoTime();
            if (last - begin >= WARM_UP_NANOS) {
                nanos.recordValue(now - last);
            }
            last = now;
        }
        return nanos;
    }

    private double fsync(int logs) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(logs);
        try {
            List<Future<Histogram>> each = new ArrayList<>();
            for (int i = 0; i < logs; i++) {
                Path file = dir.resolve("log" + i);
                each.add(
                        threads.submit(
                                () -> {
                                    try (PreallocatedLog log = new PreallocatedLog(file)) {
                                        return time(log::append);
                                    }
                                }));
            }
            Histogram all = new Histogram(3);
            for (Future<Histogram> one : each) {
                all.add(one.get());
            }
            return all.getValueAtPercentile(50) / 1e3;
        } catch (ExecutionException e) {
            throw new IOException("the log in " + dir + " cannot be written", e.getCause());
        } finally {
            threads.shutdown();
        }
    }

    private static void ask(Socket socket, byte kind) throws IOException {
        byte[] request = new byte[FloorNode.REQUEST_BYTES];
        request[0] = kind;
        socket.getOutputStream().write(request);
        new DataInputStream(socket.getInputStream()).readFully(new byte[FloorNode.ANSWER_BYTES]);
    }

    /** Its port. */
    private int startNode(int... followers) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx64m");
        command.add("-XX:+UseSerialGC");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(FloorNode.class.getName());
        command.add(dir.resolve("node" + nodes.size()).toString());
        for (int follower : followers) {
            command.add(Integer.toString(follower));
        }
        Process node =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        nodes.add(node);
        String port =
                new BufferedReader(
                                new InputStreamReader(
                                        node.getInputStream(), StandardCharsets.US_ASCII))
                        .readLine();
        if (port == null) {
            throw new IOException("a process of the floor probe did not start");
        }
        return Integer.parseInt(port);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (Process node : nodes) {
            node.getOutputStream().close(); // Ends it.
        }
        for (Process node : nodes) {
            if (!node.waitFor(5, TimeUnit.SECONDS)) {
                node.destroyForcibly().waitFor();
            }
        }
        try (var files = Files.list(dir)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(dir);
    }
}
