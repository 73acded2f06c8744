package dev.fencekv.server.command;

import dev.fencekv.check.Check;

/**
 * What an operator may change at run time, for all nodes at once: apply reads these, so they are in
 * the replicated state and never node options. Codes never change.
 */
public enum Setting {
    /** What {@code RecordCodec.charge} of all records may add up to, in bytes. */
    STORE_QUOTA_BYTES(1, "store-quota-bytes", 256L << 20, 1L << 20, 1L << 40),
    /** Live sessions. */
    SESSIONS_MAX(2, "sessions-max", 100_000, 1, 10_000_000),
    /** Locks that exist; free ones are forgotten above it, oldest first. */
    LOCKS_MAX(3, "locks-max", 100_000, 1, 10_000_000),
    /** Places in the queues of all locks. */
    WAITERS_MAX(4, "waiters-max", 100_000, 1, 10_000_000),
    /** Memory for remembered outcomes, in bytes. */
    OUTCOME_BYTES_MAX(5, "outcome-bytes-max", 64L << 20, 1L << 16, 1L << 32),
    /** Ended sessions whose outcomes are still remembered. */
    ENDED_SESSIONS_MAX(6, "ended-sessions-max", 10_000, 0, 1_000_000),
    /** Ended grants that a lock remembers as evidence. */
    ENDED_GRANTS_PER_LOCK(7, "ended-grants-per-lock", 8, 1, 64),
    /** Rejections that are remembered. */
    REJECTIONS_MAX(8, "rejections-max", 10_000, 1, 1_000_000),
    /** Keys that end by time. Each takes some 200 bytes of a node's heap beside its record. */
    KEYS_WITH_TTL_MAX(9, "keys-with-ttl-max", 1_000_000, 0, 100_000_000),
    /** What history may take of each node's memory, in bytes; 0: there is none. */
    HISTORY_BYTES(10, "history-bytes", 64L << 20, 0, 1L << 40),
    /** How many revisions history goes back at most; 0: there is none. */
    HISTORY_REVISIONS(11, "history-revisions", 1_000_000, 0, 1L << 40),
    /** Gates before resources outside the store. */
    GATES_MAX(20, "gates-max", 10_000, 1, 1_000_000),
    /** Grants and places of readers and permits, of all locks. */
    SHARED_GRANTS_MAX(21, "shared-grants-max", 100_000, 1, 10_000_000);

    private final int code;
    private final String text;
    private final long initial;
    private final long min;
    private final long max;

    Setting(int code, String text, long initial, long min, long max) {
        Check.inRange(min, max, initial, text);
        this.code = code;
        this.text = text;
        this.initial = initial;
        this.min = min;
        this.max = max;
    }

    public int code() {
        return code;
    }

    /** The name people use: {@code store-quota-bytes}. */
    public String text() {
        return text;
    }

    public long initial() {
        return initial;
    }

    public long min() {
        return min;
    }

    public long max() {
        return max;
    }

    /** Throws {@link NewerFormatException} for a code that this release does not know. */
    public static Setting ofCode(int code) {
        for (Setting setting : values()) {
            if (setting.code == code) {
                return setting;
            }
        }
        throw new NewerFormatException(
                "setting " + code + " is not known to this release; install the newer one");
    }

    /** Throws IllegalArgumentException for a name that no setting has. */
    public static Setting ofText(String text) {
        for (Setting setting : values()) {
            if (setting.text.equals(text)) {
                return setting;
            }
        }
        throw new IllegalArgumentException(
                "no setting is called " + text + "; see kvcli setting list");
    }
}
