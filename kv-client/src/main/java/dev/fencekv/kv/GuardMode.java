package dev.fencekv.kv;

/** What a guard does with a write that breaks it. Codes never change. */
public enum GuardMode {
    /** Counts and records what it would reject; rejects nothing. */
    OBSERVE(1),
    /** Rejects. */
    ENFORCE(2);

    private final int code;

    GuardMode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws IllegalArgumentException for an unknown code. */
    public static GuardMode ofCode(int code) {
        return switch (code) {
            case 1 -> OBSERVE;
            case 2 -> ENFORCE;
            default -> throw new IllegalArgumentException("unknown guard mode " + code);
        };
    }
}
