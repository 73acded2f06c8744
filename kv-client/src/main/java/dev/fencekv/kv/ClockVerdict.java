package dev.fencekv.kv;

/** Where a node's wall clock is, seen by one node. Codes never change. */
public enum ClockVerdict {
    /** The members do not agree, or too few are heard: nobody is judged. */
    NOT_JUDGED(0),
    /** More than half of all members have the same time, within the permitted offset. */
    WITHIN(1),
    /** More than half of all members agree on another time. */
    OUTSIDE(2);

    private final int code;

    ClockVerdict(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws IllegalArgumentException for an unknown code. */
    public static ClockVerdict ofCode(int code) {
        for (ClockVerdict verdict : values()) {
            if (verdict.code == code) {
                return verdict;
            }
        }
        throw new IllegalArgumentException("unknown clock verdict " + code);
    }
}
