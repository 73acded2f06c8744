package dev.fencekv.bench.compare;

import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.json.JsonObject;
import dev.fencekv.bench.load.Failover;
import dev.fencekv.bench.load.LoadObserver;
import dev.fencekv.bench.load.LoadResult;
import dev.fencekv.bench.load.LoadRun;
import dev.fencekv.bench.load.LoadSpec;
import dev.fencekv.bench.load.Operation;
import dev.fencekv.bench.load.Target;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The process of one store's client. Does what it is told on standard input, one JSON object a
 * line, and answers each on standard output; ends with its input. {@link DriverProcess} is the
 * other end.
 */
public final class Driver {
    private final Class<? extends Target> type;
    private final PrintStream answers;
    private Target target;
    private int connections;

    private Driver(Class<? extends Target> type, PrintStream answers)
            throws ReflectiveOperationException {
        this.type = type;
        this.answers = answers;
        this.target = newTarget();
    }

    private Target newTarget() throws ReflectiveOperationException {
        return type.getDeclaredConstructor().newInstance();
    }

    /** The class of a {@link Target}. */
    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        // Clients that print must not be taken for us.
        System.setOut(System.err);
        Driver driver = new Driver(Class.forName(args[0]).asSubclass(Target.class), answers);
        BufferedReader orders =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            answers.println(driver.answer(Json.read(line)));
            answers.flush();
        }
        // Some clients leave threads behind.
        Runtime.getRuntime().halt(0);
    }

    private JsonObject answer(JsonObject order) throws InterruptedException {
        try {
            return switch (order.text("do")) {
                case "connect" -> connect(order.texts("endpoints"), order.whole("connections"));
                case "prepare" -> prepare(Operation.valueOf(order.text("operation")));
                case "load" -> load(LoadSpec.ofJson(order.object("spec")));
                case "run" -> run(LoadSpec.ofJson(order.object("spec")));
                case "leader" -> leader(order.texts("endpoints"));
                case "failover" -> failover(order.whole("pid"), (int) order.whole("attempt"));
                case "disconnect" -> disconnect();
                default -> throw new IllegalArgumentException("unknown order " + order);
            };
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | LinkageError e) {
            e.printStackTrace();
            return new JsonObject().put("failed", String.valueOf(e));
        }
    }

    private static JsonObject done() {
        return new JsonObject();
    }

    private JsonObject connect(List<String> endpoints, long count) throws Exception {
        disconnect();
        connections = (int) count;
        target.connect(endpoints, connections);
        return done();
    }

    private JsonObject disconnect() throws Exception {
        target.close();
        target = newTarget();
        return done();
    }

    private JsonObject prepare(Operation operation) throws Exception {
        boolean supported = target.supports(operation);
        if (supported) {
            target.prepare(operation);
        }
        return done().put("supported", supported);
    }

    private JsonObject load(LoadSpec spec) throws InterruptedException {
        LoadRun.load(target, spec);
        return done();
    }

    private JsonObject run(LoadSpec spec) throws InterruptedException {
        LoadResult result = LoadRun.run(target, spec, new Told());
        return done().put("result", result.toJson());
    }

    /** Lets the other end look at the servers when the window begins and ends. */
    private final class Told implements LoadObserver {
        @Override
        public void begins() {
            tell("begins");
        }

        @Override
        public void ended() {
            tell("ended");
        }

        private void tell(String event) {
            answers.println(new JsonObject().put("event", event));
            answers.flush();
        }
    }

    private JsonObject leader(List<String> endpoints) {
        return done().put("leader", target.leader(endpoints));
    }

    private JsonObject failover(long pid, int attempt) throws InterruptedException {
        return done().put("failover", Failover.run(target, connections, pid, attempt).toJson());
    }
}
