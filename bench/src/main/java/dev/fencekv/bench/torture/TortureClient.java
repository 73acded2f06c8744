package dev.fencekv.bench.torture;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Clients in a process of their own, which can be stopped and continued: some with registers, one
 * with the lock. Goes on until its standard input ends.
 */
public final class TortureClient {
    static final int REGISTERS = 2;

    /** Processes of a history are numbered so: one for the lock, then the registers. */
    static final int NUMBERS_PER_PROCESS = 10;

    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);

    private TortureClient() {}

    /** ENDPOINTS NUMBER SEED KEYS tokens|no-tokens START_NANOS FILE. */
    public static void main(String[] args) throws IOException, InterruptedException {
        String[] endpoints = args[0].split(",");
        int number = Integer.parseInt(args[1]);
        long seed = Long.parseLong(args[2]) * 31 + number;
        int keys = Integer.parseInt(args[3]);
        boolean tokens = args[4].equals("tokens");
        long startNanos = Long.parseLong(args[5]);
        AtomicBoolean goesOn = new AtomicBoolean(true);
        // What is not a refusal of the store is a mistake of it, or of ours.
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, e) -> {
                    e.printStackTrace();
                    Runtime.getRuntime().halt(1);
                });
        try (HistoryWriter history = new HistoryWriter(Path.of(args[6]));
                KvClient registers = client(endpoints, "registers-" + number);
                KvClient locks = client(endpoints, locksLabel(number))) {
            long process = (long) number * NUMBERS_PER_PROCESS;
            List<Thread> threads = new ArrayList<>();
            threads.add(
                    new Thread(new LockedSet(locks, history, process, tokens, seed, goesOn::get)));
            for (int i = 1; i <= REGISTERS; i++) {
                threads.add(
                        new Thread(
                                new Registers(
                                        registers,
                                        history,
                                        process + i,
                                        keys,
                                        startNanos,
                                        seed + i,
                                        goesOn::get)));
            }
            threads.forEach(Thread::start);
            while (System.in.read() >= 0) {
                // Nothing is said to us but that this is the end.
            }
            goesOn.set(false);
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    static String locksLabel(int number) {
        return "locks-" + number;
    }

    private static KvClient client(String[] endpoints, String label) {
        return FenceKv.builder()
                .endpoints(endpoints)
                .label(label)
                .sessionTtl(LockedSet.SESSION_TTL)
                .requestTimeout(REQUEST_TIMEOUT)
                .build();
    }
}
