package dev.fencekv.kv;

import dev.fencekv.check.Check;

/**
 * A condition of a transaction on one key, as the key is before the transaction changes anything.
 * Immutable.
 *
 * <p>Of a key that is absent all numbers are 0, and no comparison of its value holds, whatever the
 * operator.
 *
 * @param number what the subject is compared with, unless that is the value; else 0
 * @param value what the value is compared with; empty for all other subjects
 */
public record Comparison(Key key, Subject subject, Operator operator, long number, Value value) {
    /** What of the key is compared. Codes never change. */
    public enum Subject {
        /** Its value, as unsigned bytes. */
        VALUE(1),
        /** The revision of its last write. */
        MODIFY_REVISION(2),
        /** The revision that made it exist. */
        CREATE_REVISION(3),
        /** How often it was written since it exists; 0 if it is absent. */
        VERSION(4),
        /** The fencing token shown with its last write. */
        TOKEN(5),
        /** The number of the session that it belongs to. */
        OWNER(6);

        private final int code;

        Subject(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** Throws IllegalArgumentException for an unknown code. */
        public static Subject ofCode(int code) {
            for (Subject subject : values()) {
                if (subject.code == code) {
                    return subject;
                }
            }
            throw new IllegalArgumentException("no subject of a comparison has the code " + code);
        }
    }

    /** Codes never change. */
    public enum Operator {
        EQUAL(1),
        NOT_EQUAL(2),
        LESS(3),
        GREATER(4);

        private final int code;

        Operator(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** Throws IllegalArgumentException for an unknown code. */
        public static Operator ofCode(int code) {
            for (Operator operator : values()) {
                if (operator.code == code) {
                    return operator;
                }
            }
            throw new IllegalArgumentException("no operator has the code " + code);
        }

        /** Whether it holds for two sides that compare as {@link Comparable#compareTo} says. */
        public boolean holds(int compared) {
            return switch (this) {
                case EQUAL -> compared == 0;
                case NOT_EQUAL -> compared != 0;
                case LESS -> compared < 0;
                case GREATER -> compared > 0;
            };
        }
    }

    public Comparison {
        if (subject == Subject.VALUE) {
            Check.argument(number == 0, "a comparison of the value has no number");
        } else {
            Check.argument(value.length() == 0, "only a comparison of the value has a value");
            Check.atLeast(0, number, "what a " + subject + " is compared with");
        }
    }

    /** The key is not there. */
    public static Comparison absent(Key key) {
        return number(key, Subject.VERSION, Operator.EQUAL, 0);
    }

    /** The key is there. */
    public static Comparison exists(Key key) {
        return number(key, Subject.VERSION, Operator.GREATER, 0);
    }

    /** The key is there, and its value is {@code operator} {@code value}. */
    public static Comparison value(Key key, Operator operator, Value value) {
        return new Comparison(key, Subject.VALUE, operator, 0, value);
    }

    /** Any subject but the value. {@code number}: at least 0. */
    public static Comparison number(Key key, Subject subject, Operator operator, long number) {
        Check.argument(subject != Subject.VALUE, "a value is compared with a value");
        return new Comparison(key, subject, operator, number, Value.EMPTY);
    }

    /** The key was last written at {@code revision}; 0: it is absent. */
    public static Comparison atRevision(Key key, long revision) {
        return number(key, Subject.MODIFY_REVISION, Operator.EQUAL, revision);
    }

    /** The key was last written under {@code token}; {@link FencingToken#NONE}: under none. */
    public static Comparison writtenUnder(Key key, FencingToken token) {
        return number(key, Subject.TOKEN, Operator.EQUAL, token.value());
    }
}
