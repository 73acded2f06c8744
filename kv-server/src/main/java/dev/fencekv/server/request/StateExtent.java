package dev.fencekv.server.request;

/**
 * What a node's status does not say of the extent of its state.
 *
 * @param keysWithTtl keys that end by time
 * @param historyOldestRevision the oldest revision as of which records can be read on this node
 * @param historyBytes what history takes outside the heap, in bytes
 */
public record StateExtent(long keysWithTtl, long historyOldestRevision, long historyBytes) {}
