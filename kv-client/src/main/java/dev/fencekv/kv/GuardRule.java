package dev.fencekv.kv;

/** How a guard judges a token; always by equality, never by order. Codes never change. */
public enum GuardRule {
    /** The token is the live grant of the lock. */
    STRICT(1),
    /**
     * The token is the newest grant ever made of the lock: live, expired or released, but not
     * revoked. The last holder may finish while nobody else was granted.
     */
    MONOTONE(2);

    private final int code;

    GuardRule(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws IllegalArgumentException for an unknown code. */
    public static GuardRule ofCode(int code) {
        return switch (code) {
            case 1 -> STRICT;
            case 2 -> MONOTONE;
            default -> throw new IllegalArgumentException("unknown guard rule " + code);
        };
    }
}
