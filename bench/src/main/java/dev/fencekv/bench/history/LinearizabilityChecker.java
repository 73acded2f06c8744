package dev.fencekv.bench.history;

import dev.fencekv.check.Check;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of the operations, each between its call and its return, in which a model
 * gives every result that was seen. Wing and Gong's search with Lowe's two additions ("Testing for
 * linearizability", 2017): a set of operations that led to a state once is not tried again, and
 * each key is judged by itself. Operations whose outcome is unknown may take effect at any time
 * after their call, or never.
 *
 * <p>The problem is NP-complete: past the limits the verdict is unknown.
 */
public final class LinearizabilityChecker {
    /** What has been tried is remembered in so much memory, roughly. */
    private static final long MEMORY_BYTES_MAX = 512L << 20;

    private static final int STEPS_BETWEEN_LOOKS_AT_THE_CLOCK = 1 << 10;

    private final Model model;
    private final long deadlineNanos;

    private LinearizabilityChecker(Model model, Duration limit) {
        this.model = model;
        this.deadlineNanos = System.nanoTime() + limit.toNanos();
    }

    /**
     * A violation of one key is one of the history, also if others could not be decided.
     *
     * @param limit for all keys together
     */
    public static Verdict check(Model model, History history, Duration limit) {
        LinearizabilityChecker checker = new LinearizabilityChecker(model, limit);
        Verdict verdict = Verdict.LINEARIZABLE;
        // Short ones first: a violation among them is found at once.
        List<Map.Entry<String, List<Operation>>> keys = new ArrayList<>(history.byKey().entrySet());
        keys.sort(Comparator.comparingInt(key -> key.getValue().size()));
        for (Map.Entry<String, List<Operation>> key : keys) {
            Verdict each = checker.check(key.getKey(), key.getValue());
            switch (each.kind()) {
                case VIOLATION -> {
                    return each;
                }
                case UNKNOWN -> verdict = each;
                case LINEARIZABLE -> {}
            }
        }
        return verdict;
    }

    private Verdict check(String key, List<Operation> operations) {
        return new Search(key, operations.stream().filter(model::counts).toList()).run();
    }

    /** A call or a return, in a list in the order of time. */
    private static final class Event {
        final int id;
        final Operation operation;

        /** Of a call; null of a return, and of what never returned. */
        @Nullable Event itsReturn;

        boolean isCall;
        @Nullable Event previous;
        @Nullable Event next;

        Event(int id, Operation operation, boolean isCall) {
            this.id = id;
            this.operation = operation;
            this.isCall = isCall;
        }

        int at() {
            return isCall ? operation.called() : operation.returned();
        }

        void unlink() {
            Event before = Check.present(previous, "the head comes first");
            before.next = next;
            if (next != null) {
                next.previous = before;
            }
        }

        /** Where it was: the last to be unlinked is the first to come back. */
        void relink() {
            Check.present(previous, "the head comes first").next = this;
            if (next != null) {
                next.previous = this;
            }
        }
    }

    /** A set of operations that took effect, in some order, and the state that they led to. */
    private record Tried(BitSet done, Object state) {}

    /** An operation that was taken to come next, and the state before it. */
    private record Choice(Event call, Object before) {}

    private final class Search {
        private final String key;
        private final List<Operation> operations;
        private final Event head;
        private final BitSet done;
        private final Deque<Choice> choices = new ArrayDeque<>();
        private final Set<Tried> tried = new HashSet<>();
        private final long triedMax;

        /** Operations that returned and are not done. */
        private int returnedLeft;

        private int explained;
        private List<Operation> stuck = List.of();

        Search(String key, List<Operation> operations) {
            this.key = key;
            this.operations = operations;
            this.head = new Event(-1, NOTHING, true);
            this.done = new BitSet(operations.size());
            this.triedMax = MEMORY_BYTES_MAX / (operations.size() / 8 + 128);
            link();
        }

        private void link() {
            List<Event> events = new ArrayList<>();
            for (int id = 0; id < operations.size(); id++) {
                Operation operation = operations.get(id);
                Event call = new Event(id, operation, true);
                events.add(call);
                if (operation.returned() != Operation.NEVER) {
                    returnedLeft++;
                    call.itsReturn = new Event(id, operation, false);
                    events.add(call.itsReturn);
                }
            }
            events.sort(Comparator.comparingInt(Event::at));
            Event last = head;
            for (Event event : events) {
                last.next = event;
                event.previous = last;
                last = event;
            }
        }

        Verdict run() {
            Object state = model.initial();
            Event at = head.next;
            for (long step = 1; returnedLeft > 0; step++) {
                if (step % STEPS_BETWEEN_LOOKS_AT_THE_CLOCK == 0 && isPastLimits()) {
                    return Verdict.unknown(key);
                }
                if (at != null && at.isCall) {
                    Object after = model.step(state, at.operation);
                    if (after != null && isNew(at, after)) {
                        choices.push(new Choice(at, state));
                        take(at);
                        state = after;
                        at = head.next;
                    } else {
                        at = at.next;
                    }
                    continue;
                }
                // This one has returned, so something before it had to come next: nothing can.
                noteHowFar();
                Choice last = choices.poll();
                if (last == null) {
                    return new Verdict(Verdict.Kind.VIOLATION, key, explained, stuck);
                }
                giveBack(last.call);
                state = last.before;
                at = last.call.next;
            }
            return Verdict.LINEARIZABLE;
        }

        private boolean isPastLimits() {
            return System.nanoTime() - deadlineNanos > 0 || tried.size() > triedMax;
        }

        private boolean isNew(Event call, Object after) {
            BitSet with = (BitSet) done.clone();
            with.set(call.id);
            return tried.add(new Tried(with, after));
        }

        private void take(Event call) {
            done.set(call.id);
            call.unlink();
            if (call.itsReturn != null) {
                call.itsReturn.unlink();
                returnedLeft--;
            }
        }

        private void giveBack(Event call) {
            done.clear(call.id);
            if (call.itsReturn != null) {
                call.itsReturn.relink();
                returnedLeft++;
            }
            call.relink();
        }

        private void noteHowFar() {
            if (!stuck.isEmpty() && choices.size() <= explained) {
                return;
            }
            explained = choices.size();
            stuck = new ArrayList<>();
            for (Event event = head.next; event != null && event.isCall; event = event.next) {
                stuck.add(event.operation);
            }
        }
    }

    /** Of the head of the list, which is no operation. */
    private static final Operation NOTHING =
            new Operation(
                    0,
                    "",
                    "",
                    History.NIL,
                    History.NIL,
                    Operation.Outcome.UNKNOWN,
                    -1,
                    Operation.NEVER);
}
