package dev.fencekv.bench.history;

import dev.fencekv.check.Check;

/**
 * What a client asked for, and what it learnt.
 *
 * @param process the client; has one operation under way at a time
 * @param name of the operation, as its model knows it
 * @param argument what was given, or {@link History#NIL}
 * @param result what came back, or {@link History#NIL}; means nothing unless the outcome is OK
 * @param called its place among all events of the history
 * @param returned likewise; {@link #NEVER} if the outcome is unknown
 */
public record Operation(
        long process,
        String name,
        String key,
        Object argument,
        Object result,
        Outcome outcome,
        int called,
        int returned) {
    /** Later than everything: what may still happen is concurrent with all that follows. */
    public static final int NEVER = Integer.MAX_VALUE;

    public enum Outcome {
        OK,
        /**
         * Refused: of a conditional operation the condition did not hold, any other did nothing.
         */
        FAILED,
        /** It may have been done, may be done later, or never. */
        UNKNOWN
    }

    public Operation {
        Check.invariant(called < returned, "an operation returns after it was called");
        Check.invariant(
                (outcome == Outcome.UNKNOWN) == (returned == NEVER),
                "what never returned, and nothing else, is unknown");
    }

    @Override
    public String toString() {
        String what = process + ": " + name + "(" + argument + ")";
        return switch (outcome) {
            case OK -> what + " -> " + result;
            case FAILED -> what + " failed";
            case UNKNOWN -> what + " unknown";
        };
    }
}
