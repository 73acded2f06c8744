package dev.fencekv.server.replication.jraft.transport;

import org.jspecify.annotations.Nullable;

/**
 * What a connection is for. A snapshot copy fills a connection for seconds, and heartbeats behind
 * it would start elections: so each pair of nodes has one connection of each purpose and direction.
 */
public enum Purpose {
    /** Votes, all AppendEntries, heartbeats, read indexes: small, ordered, urgent. */
    LOG(1),
    /** Snapshots and their files. */
    BULK(2);

    private final int code;

    Purpose(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static @Nullable Purpose of(int code) {
        return code == 1 ? LOG : code == 2 ? BULK : null;
    }
}
