package dev.fencekv.server.command;

/**
 * Why apply refused a command, where the status alone does not say it. Part of remembered outcomes,
 * so of the digest: codes never change. The words for it are found where a reply is made.
 */
public enum RefusalReason {
    /** The number is the sequence number, which was used for another command. */
    SEQUENCE_REUSED(1),
    /** The number is the quota, in bytes. */
    STORE_QUOTA(2),
    /** The number is how many keys a session may own. */
    KEYS_PER_SESSION(3),
    /** The number is how many sessions may be open. */
    SESSIONS(4),
    /** The number is how many locks there may be. */
    LOCKS(5),
    /** The number is how many locks a session may hold or wait for. */
    LOCKS_PER_SESSION(6),
    /** The number is how many places there may be in all queues. */
    WAITERS(7),
    /** The number is the last token. */
    TOKENS_USED_UP(8),
    /** The number is the token that was to be released. */
    OTHER_SESSIONS_GRANT(9),
    /** The number is the token that is live, and is not the one to be revoked. */
    OTHER_TOKEN_IS_LIVE(10),
    /** A guard would enforce a lock that nobody ever had alone. */
    LOCK_NEVER_GRANTED(11),
    /** The number is how many guards there may be. */
    GUARDS(12),
    /** The number is how many guards may lie over one key. */
    GUARDS_OVER_ONE_KEY(13),
    /** The number is the setting's code. */
    SETTING_OUT_OF_RANGE(14),
    /** The number is the id of the node that the peer address is tied to. */
    ADDRESS_TAKEN(15),
    /** The number is how many members there may be. */
    MEMBERS(16),
    /** The number is the id of the node, which is a member at another peer address. */
    NODE_ELSEWHERE(17),
    /** The number is the id of the node, which was told to leave. */
    MEMBER_LEAVES(18),
    /** Without it nobody would vote. */
    LAST_VOTER(19),
    /** The value is no whole number of 64 bits in decimal. */
    NOT_A_NUMBER(20),
    /** The sum does not fit into 64 bits. */
    NUMBER_OVERFLOWS(21),
    /** The number is how many bytes a value has at most. */
    VALUE_TOO_LONG(22),
    /** The number says which operation of its branch, from 1, acquires a lock that is not free. */
    LOCK_NOT_FREE(23),
    /** The number is how many bytes the results of a transaction have at most. */
    RESULTS_TOO_LARGE(24),
    /** The number is how many keys one command may write. */
    KEYS_PER_COMMAND(25),
    /** The number is how many keys with a TTL there may be. */
    KEYS_WITH_TTL(26),
    /** The number is how many bytes of values one command may delete by range. */
    DELETED_RANGE_BYTES(27),
    /** The number is how many gates there may be. */
    GATES(50),
    /** The number is how many permits the lock has as it is in use; 0 if it is no semaphore. */
    OTHER_PERMITS(51),
    /** The owner holds or waits for the lock in another way. */
    OTHER_USE(52),
    /** The number is how many may wait for one lock as readers or for permits. */
    SHARED_WAITERS(53),
    /** The number is how many grants and places of readers and permits there may be. */
    SHARED_GRANTS(54),
    /** The number is how many hold the lock: to be revoked one by one. */
    SEVERAL_HOLDERS(55);

    private static final RefusalReason[] BY_CODE = new RefusalReason[64];

    static {
        for (RefusalReason reason : values()) {
            BY_CODE[reason.code] = reason;
        }
    }

    private final int code;

    RefusalReason(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Throws {@link NewerFormatException} for a code that this release does not know. */
    public static RefusalReason ofCode(int code) {
        if (code < 1 || code >= BY_CODE.length || BY_CODE[code] == null) {
            throw new NewerFormatException(
                    "refusal reason " + code + " is not known to this release");
        }
        return BY_CODE[code];
    }
}
