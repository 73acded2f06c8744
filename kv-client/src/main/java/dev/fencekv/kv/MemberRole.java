package dev.fencekv.kv;

/** What a node is in the group that replicates the log. Codes never change. */
public enum MemberRole {
    /** It receives nothing: it is yet to join, or leaves. */
    NONE(0),
    /** It receives the log and does not vote: no write waits for it. */
    LEARNER(1),
    /** It votes: a write is acknowledged once more than half of the voters have it on disk. */
    VOTER(2);

    private final int code;

    MemberRole(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws IllegalArgumentException for an unknown code. */
    public static MemberRole ofCode(int code) {
        for (MemberRole role : values()) {
            if (role.code == code) {
                return role;
            }
        }
        throw new IllegalArgumentException("unknown member role " + code);
    }
}
