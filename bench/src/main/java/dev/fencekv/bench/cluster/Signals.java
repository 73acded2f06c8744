package dev.fencekv.bench.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Signals that Java cannot send, to processes that we started. Stateless. */
public final class Signals {
    private Signals() {}

    /** From here on the processes do nothing and notice nothing. */
    public static void pause(List<Long> pids) throws IOException {
        send("-STOP", pids);
    }

    /** They go on as if nothing had happened; has no effect on one that was not paused. */
    public static void resume(List<Long> pids) throws IOException {
        send("-CONT", pids);
    }

    private static void send(String signal, List<Long> pids) throws IOException {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        pids.forEach(pid -> command.add(Long.toString(pid)));
        Process kill = new ProcessBuilder(command).start();
        try {
            int status = kill.waitFor();
            if (status != 0) {
                throw new IOException(String.join(" ", command) + " failed with status " + status);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while sending " + signal, e);
        }
    }
}
