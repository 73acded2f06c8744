package dev.fencekv.server.replication;

import dev.fencekv.server.command.Command;

/**
 * What the transactions of one entry may cost every node that applies it, at worst: an entry is
 * applied in one go, in which nothing is read, and its results are held to its end. Owned by
 * whoever makes the entry.
 */
final class TransactionBudget {
    /** Of results. */
    static final long RESULT_BYTES_MAX = 32L << 20;

    /** Read or written: as many as one transaction may write. */
    static final long KEYS_MAX = 10_000;

    /** Of the values that are replaced, deleted or read. */
    static final long MET_BYTES_MAX = 256L << 20;

    private long resultBytes;
    private long keys;
    private long metBytes;

    /** Counts {@code command}; false if that is too much for an entry that has others, too. */
    boolean takes(Command command) {
        return command.kind() != Command.Kind.TRANSACT || takes((Command.Transact) command);
    }

    private boolean takes(Command.Transact transact) {
        resultBytes += transact.resultBytesMax();
        keys += transact.keysMax();
        metBytes += transact.metBytesMax();
        return resultBytes <= RESULT_BYTES_MAX && keys <= KEYS_MAX && metBytes <= MET_BYTES_MAX;
    }
}
