package dev.fencekv.bench.torture;

import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.cluster.Signals;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link TortureClient}. Owned by one thread. */
final class ClientProcess implements AutoCloseable {
    private static final int END_WITHIN_S = 30;

    private final int number;
    private final Process process;

    private ClientProcess(int number, Process process) {
        this.number = number;
        this.process = process;
    }

    static ClientProcess start(
            int number, List<String> endpoints, TorturePlan plan, long startNanos, Path history)
            throws IOException {
        return new ClientProcess(
                number,
                new ProcessBuilder(
                                Installation.java(),
                                "-XX:+UseSerialGC",
                                "-Xmx256m",
                                "-Dslf4j.internal.verbosity=ERROR",
                                "-cp",
                                System.getProperty("java.class.path"),
                                TortureClient.class.getName(),
                                String.join(",", endpoints),
                                Integer.toString(number),
                                Long.toString(plan.seed()),
                                Integer.toString(plan.keys()),
                                plan.tokens() ? "tokens" : "no-tokens",
                                Long.toString(startNanos),
                                history.toString())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(history.resolveSibling("client-" + number + ".log").toFile())
                        .start());
    }

    String name() {
        return "client " + number;
    }

    /** Whether it is the one whose locks' session has this label. */
    boolean holdsAs(String label) {
        return label.equals(TortureClient.locksLabel(number));
    }

    void pause() throws IOException {
        Signals.pause(List.of(process.pid()));
    }

    void resume() throws IOException {
        Signals.resume(List.of(process.pid()));
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Lets it finish what it is doing. */
    void end() throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(END_WITHIN_S, TimeUnit.SECONDS)) {
            throw new IllegalStateException(name() + " does not end");
        }
        if (process.exitValue() != 0) {
            throw new IllegalStateException(name() + " has failed: see its log");
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
