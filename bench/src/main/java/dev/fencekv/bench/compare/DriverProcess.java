package dev.fencekv.bench.compare;

import dev.fencekv.bench.cluster.Installation;
import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.json.JsonObject;
import dev.fencekv.bench.load.Failover;
import dev.fencekv.bench.load.LoadResult;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Operation;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Our end of a {@link Driver}: tells it what to do and waits for it. Owned by one thread. */
final class DriverProcess implements AutoCloseable {
    private static final long ENDS_WITHIN_S = 5;

    private final Store store;
    private final Process process;
    private final PrintStream orders;
    private final BufferedReader answers;

    /** Hears when the measured window begins and ends. */
    interface Window {
        void begins();

        void ended();
    }

    private DriverProcess(Store store, Process process) {
        this.store = store;
        this.process = process;
        this.orders = new PrintStream(process.getOutputStream(), false, StandardCharsets.UTF_8);
        this.answers =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Starts the process of a store's client.
     *
     * @param log where what its client says goes
     */
    static DriverProcess start(Store store, Installation installation, Path log)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Installation.java());
        // As scripts/bench starts itself.
        command.addAll(
                List.of(
                        "-Xms1g",
                        "-Xmx1g",
                        "-XX:+IgnoreUnrecognizedVMOptions",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dslf4j.internal.verbosity=ERROR",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                        "-cp",
                        store.classPath(installation),
                        Driver.class.getName(),
                        store.targetClass()));
        return new DriverProcess(
                store,
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start());
    }

    long pid() {
        return process.pid();
    }

    void connect(List<String> endpoints, int connections) throws IOException {
        tell(order("connect").put("endpoints", endpoints).put("connections", connections));
    }

    void disconnect() throws IOException {
        tell(order("disconnect"));
    }

    /** Whether the store has such an operation. */
    boolean prepare(Operation operation) throws IOException {
        return tell(order("prepare").put("operation", operation.name())).yes("supported");
    }

    void load(LoadSpec spec) throws IOException {
        tell(order("load").put("spec", spec.toJson()));
    }

    int leader(List<String> endpoints) throws IOException {
        return (int) tell(order("leader").put("endpoints", endpoints)).whole("leader");
    }

    Failover failover(long pid, int attempt) throws IOException {
        return Failover.ofJson(
                tell(order("failover").put("pid", pid).put("attempt", attempt)).object("failover"));
    }

    LoadResult run(LoadSpec spec, Window window) throws IOException {
        send(order("run").put("spec", spec.toJson()));
        JsonObject answer = hear();
        while (answer.has("event")) {
            if (answer.text("event").equals("begins")) {
                window.begins();
            } else {
                window.ended();
            }
            answer = hear();
        }
        return LoadResult.ofJson(answer.object("result"));
    }

    private static JsonObject order(String what) {
        return new JsonObject().put("do", what);
    }

    private JsonObject tell(JsonObject order) throws IOException {
        send(order);
        return hear();
    }

    private void send(JsonObject order) {
        orders.println(order);
        orders.flush();
    }

    private JsonObject hear() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("the client of " + store.text() + " has ended");
        }
        JsonObject answer = Json.read(line);
        if (answer.has("failed")) {
            throw new IOException(store.text() + ": " + answer.text("failed"));
        }
        return answer;
    }

    @Override
    public void close() {
        orders.close();
        try {
            if (!process.waitFor(ENDS_WITHIN_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
