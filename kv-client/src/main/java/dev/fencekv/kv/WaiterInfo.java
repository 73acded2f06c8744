package dev.fencekv.kv;

/**
 * A place in a lock's queue.
 *
 * @param remainingMs lease time until the wait ends; at least 0
 */
public record WaiterInfo(SessionId session, long owner, SessionLabel label, long remainingMs) {}
