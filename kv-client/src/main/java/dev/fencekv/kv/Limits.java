package dev.fencekv.kv;

import dev.fencekv.check.Check;
import java.time.Duration;

/**
 * Every limit that is fixed by the protocol or the log format, with its unit. Limits that an
 * operator may change are replicated settings of the state machine and not here.
 */
public final class Limits {
    public static final int KEY_BYTES_MAX = 1024;
    public static final int VALUE_BYTES_MAX = 512 * 1024;
    public static final int LOCK_NAME_BYTES_MAX = 128;

    /** Of a resource outside the store, as gates name it. */
    public static final int RESOURCE_NAME_BYTES_MAX = 256;

    public static final int SESSION_LABEL_BYTES_MAX = 64;
    public static final int ADDRESS_BYTES_MAX = 255;
    public static final int SETTING_NAME_BYTES_MAX = 64;

    /** Name and version of a program, as it introduces itself. */
    public static final int PROGRAM_NAME_BYTES_MAX = 128;

    public static final int MESSAGE_BYTES_MAX = 1024;

    /** A frame of the client protocol, without its length field. */
    public static final int FRAME_BYTES_MAX = 1024 * 1024;

    public static final int FENCES_PER_COMMAND_MAX = 16;
    public static final int VIOLATIONS_PER_OUTCOME_MAX = 16;

    /** Nodes of one cluster, learners included. */
    public static final int MEMBERS_MAX = 64;

    public static final int GUARDS_MAX = 1024;
    public static final int GUARDS_OVER_ONE_KEY_MAX = 16;

    public static final int KEYS_PER_SESSION_MAX = 4096;

    /** What a semaphore may have at most. */
    public static final int PERMITS_MAX = 65_535;

    /** Places in the queue of one lock, for readers and permits: one release may serve them all. */
    public static final int SHARED_WAITERS_PER_LOCK_MAX = 4096;

    /** Grants held and places in queues together. */
    public static final int LOCKS_PER_SESSION_MAX = 1024;

    /** A session's unsettled sequence numbers: {@code [floor, floor + this)}. */
    public static final int IN_FLIGHT_PER_SESSION_MAX = 4096;

    /** A larger result is not kept for a retry; the outcome itself always is. */
    public static final int REMEMBERED_RESULT_BYTES_MAX = 256;

    public static final long SESSION_TTL_MS_MIN = 2_000;
    public static final long SESSION_TTL_MS_MAX = 24 * 3_600_000L;

    /** Comparisons and operations of a transaction, together. */
    public static final int TRANSACTION_PARTS_MAX = 128;

    /** Keys that one command may write. */
    public static final int KEYS_PER_COMMAND_MAX = 10_000;

    /** Values that the ranges deleted by one transaction may have, in bytes. */
    public static final int DELETED_RANGE_BYTES_MAX = 64 * 1024 * 1024;

    /** Values that the results of a transaction hold, in bytes, and 128 for each result. */
    public static final int TRANSACTION_RESULT_BYTES_MAX = 960 * 1024;

    /** How long a key with a TTL lives at least, in lease time. */
    public static final long KEY_TTL_MS_MIN = 100;

    public static final long KEY_TTL_MS_MAX = 3650 * 24 * 3_600_000L;

    /** Keys that end by time in one tick; the next one goes on. */
    public static final int KEY_ENDS_PER_TICK_MAX = 8192;

    public static final long LOCK_WAIT_MS_MAX = 24 * 3_600_000L;
    public static final long LOCK_DELAY_MS_MAX = 60_000;

    /** The leader proposes a tick this often while anything waits for lease time. */
    public static final long TICK_INTERVAL_MS = 100;

    /** What one tick can add to lease time at most, whatever its leader claims. */
    public static final long TICK_ELAPSED_MS_MAX = 200;

    public static final int RENEWALS_PER_TICK_MAX = 16_384;
    public static final int SESSION_ENDS_PER_TICK_MAX = 256;

    /** Keys, places and grants; once there are so many, no further session ends in that tick. */
    public static final int ENDED_WITH_SESSIONS_PER_TICK_MAX = 8192;

    public static final int WAIT_ENDS_PER_TICK_MAX = 256;
    public static final int LOCK_OPENINGS_PER_TICK_MAX = 1024;

    public static final int COMMANDS_PER_ENTRY_MAX = 512;
    public static final int ENTRY_BYTES_TARGET = 256 * 1024;

    /** How far a stamp from outside may lie ahead of the leader's physical clock. */
    public static final long CLOCK_OFFSET_MS_MAX = 500;

    public static final int WATCHES_PER_CONNECTION_MAX = 256;
    public static final int WATCHES_PER_NODE_MAX = 4096;

    /** Rows of one listing reply. */
    public static final int LIST_ROWS_MAX = 1000;

    /** Keys of one read of several. */
    public static final int KEYS_PER_READ_MAX = 1000;

    public static final long FENCING_TOKEN_MAX = 1L << 62;

    static {
        Check.invariant(
                KEY_BYTES_MAX + VALUE_BYTES_MAX + 8192 <= FRAME_BYTES_MAX,
                "the largest put must fit a frame");
        Check.invariant(
                TRANSACTION_RESULT_BYTES_MAX + 8192 <= FRAME_BYTES_MAX,
                "the results of a transaction must fit a frame");
        Check.invariant(
                KEYS_PER_READ_MAX * (KEY_BYTES_MAX + 2) + 8192 <= FRAME_BYTES_MAX,
                "the largest read of several keys must fit a frame");
        Check.invariant(
                TICK_ELAPSED_MS_MAX >= TICK_INTERVAL_MS, "a punctual tick must count in full");
        Check.invariant(
                SESSION_TTL_MS_MIN >= 10 * TICK_ELAPSED_MS_MAX,
                "the cap's slack must stay small beside a TTL");
    }

    /** A key's TTL in whole milliseconds; throws IllegalArgumentException if it is out of range. */
    public static long keyTtlMs(Duration ttl) {
        return checkKeyTtl(ttl.toMillis());
    }

    static long checkKeyTtl(long ttlMs) {
        return Check.inRange(KEY_TTL_MS_MIN, KEY_TTL_MS_MAX, ttlMs, "a key's TTL in ms");
    }

    private Limits() {}
}
