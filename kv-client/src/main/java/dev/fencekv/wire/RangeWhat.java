package dev.fencekv.wire;

/** What of each key a range read wants. Codes never change. */
public enum RangeWhat {
    /** Keys and records. */
    RECORDS(1),
    /** Keys alone: their records are not even looked at. */
    KEYS(2),
    /** Only how many there are. */
    COUNT(3);

    private final int code;

    RangeWhat(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws {@link WireException} for an unknown code. */
    public static RangeWhat ofCode(int code) {
        return switch (code) {
            case 1 -> RECORDS;
            case 2 -> KEYS;
            case 3 -> COUNT;
            default -> throw new WireException("unknown range content " + code);
        };
    }
}
