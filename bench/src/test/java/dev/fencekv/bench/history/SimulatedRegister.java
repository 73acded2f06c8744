package dev.fencekv.bench.history;

import dev.fencekv.bench.history.Operation.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A correct register and clients whose calls overlap: each operation takes effect at one instant
 * between its call and its return. No value is written twice.
 */
final class SimulatedRegister {
    private static final int CLIENTS = 6;
    private static final int EVENTS = 2_000;

    private static final class Call {
        final String name;
        final Object argument;
        final int called;
        boolean done;
        boolean ok = true;
        Object result = History.NIL;

        Call(String name, Object argument, int called) {
            this.name = name;
            this.argument = argument;
            this.called = called;
        }
    }

    private final Random random;
    private final List<Operation> operations = new ArrayList<>();
    private final Map<Long, Call> open = new HashMap<>();
    private Object value = History.NIL;
    private long lastWritten;

    private SimulatedRegister(Random random) {
        this.random = random;
    }

    static History run(long seed) {
        SimulatedRegister register = new SimulatedRegister(new Random(seed));
        for (int now = 0; now < EVENTS; now++) {
            register.step(now);
        }
        register.finish();
        return new History(register.operations);
    }

    private void step(int now) {
        long client = random.nextInt(CLIENTS);
        Call call = open.get(client);
        if (call == null) {
            open.put(client, call(now));
        } else if (!call.done) {
            takeEffect(call);
        } else {
            open.remove(client);
            add(client, call, random.nextInt(100) == 0 ? Operation.NEVER : now);
        }
    }

    private Call call(int now) {
        return switch (random.nextInt(4)) {
            case 0 -> new Call("write", ++lastWritten, now);
            case 1 -> new Call("cas", List.of(value, ++lastWritten), now);
            default -> new Call("read", History.NIL, now);
        };
    }

    private void takeEffect(Call call) {
        call.done = true;
        switch (call.name) {
            case "write" -> value = call.argument;
            case "cas" -> {
                List<?> pair = (List<?>) call.argument;
                call.ok = pair.get(0).equals(value);
                value = call.ok ? pair.get(1) : value;
            }
            default -> call.result = value;
        }
    }

    private void finish() {
        open.forEach((client, call) -> add(client, call, Operation.NEVER));
    }

    private void add(long client, Call call, int returned) {
        Outcome outcome =
                returned == Operation.NEVER
                        ? Outcome.UNKNOWN
                        : call.ok ? Outcome.OK : Outcome.FAILED;
        operations.add(
                new Operation(
                        client,
                        call.name,
                        "k",
                        call.argument,
                        call.result,
                        outcome,
                        call.called,
                        returned));
    }
}
