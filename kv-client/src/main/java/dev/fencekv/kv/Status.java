package dev.fencekv.kv;

/**
 * What became of a request, and what its sender does next. One vocabulary for log, wire, client and
 * kvcli. Names may change, codes never.
 */
public enum Status {
    OK(0, Next.GO_ON),

    CONDITION_FAILED(1, Next.DECIDE),
    NOT_FOUND(2, Next.DECIDE),
    LOCK_BUSY(3, Next.DECIDE),
    /** Has a place in a lock's queue; the end of the wait is told later. */
    QUEUED(4, Next.DECIDE),

    /** A token was not accepted: did not and will not apply. */
    FENCED(16, Next.STOP),

    NOT_LEADER(32, Next.REDIRECT),
    UNAVAILABLE(33, Next.RETRY_LATER),
    OUTCOME_UNKNOWN(34, Next.ASK_AGAIN),
    OVERLOADED(35, Next.RETRY_LATER),

    TOO_LARGE(48, Next.FIX_REQUEST),
    QUOTA_EXCEEDED(49, Next.FIX_REQUEST),
    INVALID_ARGUMENT(50, Next.FIX_REQUEST),
    UNSUPPORTED(51, Next.FIX_REQUEST),
    CLOCK_SKEW(52, Next.FIX_REQUEST),
    UNAUTHENTICATED(53, Next.FIX_REQUEST),
    FORBIDDEN(54, Next.FIX_REQUEST),

    SESSION_EXPIRED(64, Next.NEW_SESSION),
    DUPLICATE(65, Next.STOP),
    TOO_MANY_IN_FLIGHT(66, Next.RETRY_LATER),

    COMPACTED(80, Next.TRY_OTHER_NODES);

    /** What the sender of a request does next. */
    public enum Next {
        GO_ON,
        DECIDE,
        STOP,
        REDIRECT,
        RETRY_LATER,
        /** Ask again with the same sequence number. */
        ASK_AGAIN,
        FIX_REQUEST,
        NEW_SESSION,
        TRY_OTHER_NODES
    }

    private static final Status[] BY_CODE = new Status[128];

    static {
        for (Status status : values()) {
            if (BY_CODE[status.code] != null) {
                throw new ExceptionInInitializerError("two statuses have the code " + status.code);
            }
            BY_CODE[status.code] = status;
        }
    }

    private final int code;
    private final Next next;

    Status(int code, Next next) {
        this.code = code;
        this.next = next;
    }

    public int code() {
        return code;
    }

    public Next next() {
        return next;
    }

    /**
     * The status of a code. An unknown code is OUTCOME_UNKNOWN: what an old client does not
     * understand it must not take for a refusal.
     */
    public static Status ofCode(int code) {
        Status status = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
        return status == null ? OUTCOME_UNKNOWN : status;
    }
}
