package dev.fencekv.bench.history;

import java.util.List;

/**
 * What came of a check.
 *
 * @param key of the violation, or of what could not be decided; empty if all is well
 * @param explained how many of the key's operations one order can explain, at best
 * @param stuck those of which one had to come next, and none could
 */
public record Verdict(Kind kind, String key, int explained, List<Operation> stuck) {
    public enum Kind {
        LINEARIZABLE("linearizable"),
        VIOLATION("violation"),
        /** Not decided within the time or memory allowed. */
        UNKNOWN("unknown");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    static final Verdict LINEARIZABLE = new Verdict(Kind.LINEARIZABLE, "", 0, List.of());

    static Verdict unknown(String key) {
        return new Verdict(Kind.UNKNOWN, key, 0, List.of());
    }
}
