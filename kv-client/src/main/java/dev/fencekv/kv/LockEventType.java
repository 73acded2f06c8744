package dev.fencekv.kv;

/** What happened to a lock. Codes never change. */
public enum LockEventType {
    /** Somebody was granted it: alone, or beside others who share it. */
    GRANTED(1),
    /** A holder gave it back, or closed its session. */
    RELEASED(2),
    /** The session of a holder ended by its TTL. */
    EXPIRED(3),
    /** An administrator took it from a holder. */
    REVOKED(4),
    /** Somebody waits for it. The wait ends by GRANTED or by LEFT_QUEUE. */
    QUEUED(5),
    /** Who waited does so no more: the wait was cancelled, too long, or its session has ended. */
    LEFT_QUEUE(6);

    private static final LockEventType[] BY_CODE = new LockEventType[7];

    static {
        for (LockEventType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;

    LockEventType(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws IllegalArgumentException for an unknown code. */
    public static LockEventType ofCode(int code) {
        if (code < 1 || code >= BY_CODE.length) {
            throw new IllegalArgumentException("unknown lock event type " + code);
        }
        return BY_CODE[code];
    }

    /** How a grant ended; {@code how} as of {@link EndedGrant}. */
    public static LockEventType endedBy(FenceReason how) {
        return switch (how) {
            case RELEASED -> RELEASED;
            case EXPIRED -> EXPIRED;
            case REVOKED -> REVOKED;
            case SUPERSEDED, UNKNOWN_TOKEN, WRONG_LOCK, FENCE_REQUIRED ->
                    throw new IllegalArgumentException("no grant ends by " + how);
        };
    }

    /** Whether it is about who waits, not about who holds. */
    public boolean isOfQueue() {
        return this == QUEUED || this == LEFT_QUEUE;
    }
}
