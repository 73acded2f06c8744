package dev.fencekv.bench.load;

import java.util.ArrayList;
import java.util.List;

/** A store that does what a test says. */
abstract class FakeTarget implements Target {
    final List<Operation> started = new ArrayList<>();

    @Override
    public void connect(List<String> endpoints, int connections) {}

    @Override
    public boolean supports(Operation operation) {
        return true;
    }

    @Override
    public void prepare(Operation operation) {}

    @Override
    public void load(int connection, byte[] key, byte[] value, Completion completion) {
        completion.completed(null);
    }

    @Override
    public void start(
            Operation operation, int connection, byte[] key, byte[] value, Completion completion) {
        started.add(operation);
        answer(started.size() - 1, completion);
    }

    abstract void answer(int number, Completion completion);

    @Override
    public String statusOf(Throwable failure) {
        return failure.getMessage();
    }

    @Override
    public void close() {}
}
