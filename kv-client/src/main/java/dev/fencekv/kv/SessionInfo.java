package dev.fencekv.kv;

/**
 * A live session as listed.
 *
 * @param ttlMs its time to live, in milliseconds of lease time
 * @param remainingMs lease time until it ends unless renewed; at least 0
 * @param grants locks it holds
 * @param waits places it has in queues
 * @param keys keys that belong to it
 */
public record SessionInfo(
        SessionId id,
        SessionLabel label,
        long ttlMs,
        long remainingMs,
        int grants,
        int waits,
        int keys) {}
