package dev.fencekv.kv;

/** What a node is to its cluster at the moment, by its own belief. Codes never change. */
public enum NodeRole {
    LEADER(1),
    FOLLOWER(2),
    CANDIDATE(3),
    LEARNER(4),
    STOPPED(5);

    private final int code;

    NodeRole(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws IllegalArgumentException for an unknown code. */
    public static NodeRole ofCode(int code) {
        for (NodeRole role : values()) {
            if (role.code == code) {
                return role;
            }
        }
        throw new IllegalArgumentException("unknown node role " + code);
    }
}
