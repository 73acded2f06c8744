package dev.fencekv.bench.history;

import dev.fencekv.bench.history.Operation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/** One thing wrong with a history in which no value is written twice. */
enum Mutation {
    /** An acknowledged write, which somebody saw, never happened. */
    LOST_WRITE {
        @Override
        History applyTo(History history, Random random) {
            List<Operation> changed = new ArrayList<>(history.operations());
            changed.remove(
                    any(
                            changed,
                            random,
                            each ->
                                    isWrite(each)
                                            && changed.stream().anyMatch(read -> saw(read, each))));
            return new History(changed);
        }
    },

    /** A write was acknowledged before it was called: all who saw the old value are wrong. */
    REORDERED {
        @Override
        History applyTo(History history, Random random) {
            List<Operation> changed = new ArrayList<>(history.operations());
            // It saw the value of a write; now it returned before that write was called.
            Operation read = anyRead(changed, random);
            Operation write =
                    changed.stream().filter(each -> saw(read, each)).findFirst().orElseThrow();
            changed.remove(read);
            changed.add(moved(read, write.called() - 2, write.called() - 1));
            return new History(changed);
        }
    },

    /** A write took effect a second time, after others had come and gone. */
    DUPLICATED {
        @Override
        History applyTo(History history, Random random) {
            List<Operation> changed = new ArrayList<>(history.operations());
            Operation read = anyRead(changed, random);
            int end =
                    changed.stream()
                            .filter(each -> each.returned() != Operation.NEVER)
                            .mapToInt(Operation::returned)
                            .max()
                            .orElseThrow();
            // Something else is written and seen, then the old value is there again.
            changed.add(write(end + 1, 1_000_000L));
            changed.add(read(end + 3, 1_000_000L));
            changed.add(read(end + 5, read.result()));
            return new History(changed);
        }
    },

    /** A read got what another read got. */
    SWAPPED_READ {
        @Override
        History applyTo(History history, Random random) {
            List<Operation> changed = new ArrayList<>(history.operations());
            Operation early = anyRead(changed, random);
            // A value that was only written after the read had returned.
            Operation late =
                    any(
                            changed,
                            random,
                            each ->
                                    isRead(each)
                                            && changed.stream()
                                                    .anyMatch(
                                                            write ->
                                                                    saw(each, write)
                                                                            && write.called()
                                                                                    > early
                                                                                            .returned()));
            changed.remove(early);
            changed.add(
                    new Operation(
                            early.process(),
                            early.name(),
                            early.key(),
                            early.argument(),
                            late.result(),
                            early.outcome(),
                            early.called(),
                            early.returned()));
            return new History(changed);
        }
    };

    abstract History applyTo(History history, Random random);

    private static boolean isWrite(Operation operation) {
        return operation.name().equals("write") && operation.outcome() == Outcome.OK;
    }

    private static boolean isRead(Operation operation) {
        return operation.name().equals("read")
                && operation.outcome() == Outcome.OK
                && operation.result() != History.NIL;
    }

    private static boolean saw(Operation read, Operation write) {
        if (!isRead(read) || write.outcome() == Outcome.FAILED) {
            return false;
        }
        Object written = write.argument() instanceof List<?> pair ? pair.get(1) : write.argument();
        return read.result().equals(written);
    }

    /** From the first half, so that there is something after it. */
    private static Operation anyRead(List<Operation> operations, Random random) {
        return any(
                operations.subList(operations.size() / 10, operations.size() / 2),
                random,
                Mutation::isRead);
    }

    private static Operation any(
            List<Operation> operations, Random random, Predicate<Operation> wanted) {
        List<Operation> found = operations.stream().filter(wanted).toList();
        return found.get(random.nextInt(found.size()));
    }

    private static Operation moved(Operation read, int called, int returned) {
        return new Operation(
                1_000,
                read.name(),
                read.key(),
                read.argument(),
                read.result(),
                read.outcome(),
                called,
                returned);
    }

    private static Operation write(int at, Object value) {
        return new Operation(1_000, "write", "k", value, History.NIL, Outcome.OK, at, at + 1);
    }

    private static Operation read(int at, Object value) {
        return new Operation(1_000, "read", "k", History.NIL, value, Outcome.OK, at, at + 1);
    }
}
