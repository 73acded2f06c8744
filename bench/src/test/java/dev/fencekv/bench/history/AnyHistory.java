package dev.fencekv.bench.history;

import dev.fencekv.bench.history.Operation.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Operations with results and times by chance: often linearizable, often not. */
final class AnyHistory {
    private static final int VALUES = 3;

    private AnyHistory() {}

    static History of(Random random, int size) {
        List<Integer> times = new ArrayList<>();
        for (int time = 0; time < 2 * size; time++) {
            times.add(time);
        }
        Collections.shuffle(times, random);
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int called = Math.min(times.get(2 * i), times.get(2 * i + 1));
            int returned = Math.max(times.get(2 * i), times.get(2 * i + 1));
            Outcome outcome =
                    random.nextInt(4) == 0
                            ? (random.nextBoolean() ? Outcome.UNKNOWN : Outcome.FAILED)
                            : Outcome.OK;
            operations.add(
                    operation(
                            random,
                            i,
                            outcome,
                            called,
                            outcome == Outcome.UNKNOWN ? Operation.NEVER : returned));
        }
        return new History(operations);
    }

    private static Operation operation(
            Random random, int process, Outcome outcome, int called, int returned) {
        String name = List.of("read", "read", "write", "cas", "delete").get(random.nextInt(5));
        Object argument =
                switch (name) {
                    case "write" -> value(random);
                    case "cas" -> List.of(value(random), value(random));
                    default -> History.NIL;
                };
        Object result = name.equals("read") ? value(random) : History.NIL;
        return new Operation(process, name, "k", argument, result, outcome, called, returned);
    }

    private static Object value(Random random) {
        int value = random.nextInt(VALUES);
        return value == 0 ? History.NIL : (Object) (long) value;
    }
}
