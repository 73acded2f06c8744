package dev.fencekv.server.trace;

/** What happens to a put on a node, each named for what has just ended. */
public enum Stage {
    // ---- on the leader, one after the other

    /** Bytes of the client have been read from its socket. */
    READ,
    /** They are a request. */
    DECODED,
    /** Its command is in an entry. */
    SEALED,
    /** The engine has the entry. */
    PROPOSED,
    /** The entry is in a follower's socket. */
    FORWARDED,
    /** The first follower's answer is here: a majority has the entry on disk. */
    ACKNOWLEDGED,
    /** The apply thread has the entry. */
    DELIVERED,
    APPLIED,
    ENCODED,
    /** The reply is in the client's socket. */
    REPLIED,

    // ---- on each node; on the leader meanwhile

    /** The log's thread has the entry. */
    LOG_BEGUN,
    /** It is on disk. */
    LOG_SYNCED,

    // ---- on a follower, before and after these

    /** A request of the leader has been read from its socket. */
    FOLLOWER_READ,
    /** The answer is in the leader's socket. */
    FOLLOWER_ANSWERED
}
