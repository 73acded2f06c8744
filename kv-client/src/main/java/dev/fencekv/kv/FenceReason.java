package dev.fencekv.kv;

/** Why a token was not accepted. Names may change, codes never. */
public enum FenceReason {
    /** The lock was granted again since: somebody else has written, or may. */
    SUPERSEDED(1),
    /** The holder's session ended by its TTL; nobody was granted since. */
    EXPIRED(2),
    /** The holder gave it back; nobody was granted since. */
    RELEASED(3),
    /** An administrator took it away; nobody was granted since. */
    REVOKED(4),
    /** No grant that is live or remembered has this token. */
    UNKNOWN_TOKEN(5),
    /** The token is or was a grant of another lock. */
    WRONG_LOCK(6),
    /** A guard demands a token of this lock and none was shown. */
    FENCE_REQUIRED(7);

    private static final FenceReason[] BY_CODE = new FenceReason[8];

    static {
        for (FenceReason reason : values()) {
            BY_CODE[reason.code] = reason;
        }
    }

    private final int code;

    FenceReason(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws IllegalArgumentException for an unknown code. */
    public static FenceReason ofCode(int code) {
        if (code < 1 || code >= BY_CODE.length) {
            throw new IllegalArgumentException("unknown fence reason " + code);
        }
        return BY_CODE[code];
    }
}
