package dev.fencekv.bench.history;

import dev.fencekv.bench.history.Operation.Outcome;
import dev.fencekv.bench.json.Json;
import dev.fencekv.bench.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A recorded history: one JSON object a line, in the order in which things happened.
 *
 * <pre>
 *  {"process": 3, "type": "invoke", "f": "write", "key": "k1", "value": 7}
 *  {"process": 3, "type": "ok", "f": "write", "key": "k1", "value": 7}
 * </pre>
 *
 * Each {@code invoke} is followed, in its process, by {@code ok}, {@code fail}, or {@code info} if
 * the outcome is unknown; nothing at all means the same as {@code info}. The format is Jepsen's, as
 * JSON.
 */
public record History(List<Operation> operations) {
    /** No value: the register is empty, the operation takes or gives none. */
    public static final Object NIL = Json.NULL;

    public History {
        operations = List.copyOf(operations);
    }

    /** Throws IllegalArgumentException that names the line. */
    public static History read(Path file) throws IOException {
        return parse(Files.readAllLines(file, StandardCharsets.UTF_8));
    }

    /** As {@link #read}, of lines that are here already. */
    public static History parse(List<String> lines) {
        Reader reader = new Reader();
        for (int i = 0; i < lines.size(); i++) {
            try {
                if (!lines.get(i).isBlank()) {
                    reader.event(i, Json.read(lines.get(i)));
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        return reader.history();
    }

    /** A register or lock never influences another, so each is judged by itself. */
    public Map<String, List<Operation>> byKey() {
        Map<String, List<Operation>> byKey = new TreeMap<>();
        for (Operation operation : operations) {
            byKey.computeIfAbsent(operation.key(), key -> new ArrayList<>()).add(operation);
        }
        return byKey;
    }

    /** Pairs calls with returns. */
    private static final class Reader {
        private record Call(int at, String name, String key, Object argument) {}

        private final Map<Long, Call> open = new HashMap<>();
        private final List<Operation> operations = new ArrayList<>();

        void event(int at, JsonObject event) {
            long process = event.whole("process");
            String type = event.text("type");
            if (type.equals("invoke")) {
                Call call =
                        new Call(
                                at,
                                event.text("f"),
                                event.has("key") ? event.text("key") : "",
                                event.valueOr("value", NIL));
                if (open.put(process, call) != null) {
                    throw new IllegalArgumentException(
                            "process " + process + " has an operation under way already");
                }
                return;
            }
            Call call = open.remove(process);
            if (call == null) {
                throw new IllegalArgumentException("process " + process + " has called nothing");
            }
            switch (type) {
                case "ok" -> add(process, call, event.valueOr("value", NIL), Outcome.OK, at);
                case "fail" -> add(process, call, NIL, Outcome.FAILED, at);
                case "info" -> add(process, call, NIL, Outcome.UNKNOWN, Operation.NEVER);
                default -> throw new IllegalArgumentException("no type is called " + type);
            }
        }

        private void add(long process, Call call, Object result, Outcome outcome, int returned) {
            operations.add(
                    new Operation(
                            process,
                            call.name,
                            call.key,
                            call.argument,
                            result,
                            outcome,
                            call.at,
                            returned));
        }

        History history() {
            open.forEach(
                    (process, call) -> add(process, call, NIL, Outcome.UNKNOWN, Operation.NEVER));
            operations.sort(Comparator.comparingInt(Operation::called));
            return new History(operations);
        }
    }
}
