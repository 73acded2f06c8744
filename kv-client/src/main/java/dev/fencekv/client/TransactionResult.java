package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.OperationResult;
import java.util.List;

/**
 * A transaction that was done and is durable on a majority.
 *
 * @param succeeded whether all its comparisons held, so that its {@code then} was done; else its
 *     {@code orElse} was
 * @param results of the branch that was done, in the order of its operations
 * @param revision the one that all its effects share; the store's if it had none
 * @param stamp of its effects in hybrid logical time
 */
public record TransactionResult(
        boolean succeeded, List<OperationResult> results, long revision, HybridTimestamp stamp) {
    public TransactionResult {
        results = List.copyOf(results);
    }

    /**
     * The result of one operation.
     *
     * @param index of the operation in its branch, from 0
     * @param type as the operation's: {@code OperationResult.Get.class} for a get
     * @throws IndexOutOfBoundsException the branch that was done has fewer operations
     * @throws ClassCastException it is another operation's
     */
    public <T extends OperationResult> T result(int index, Class<T> type) {
        return type.cast(results.get(index));
    }
}
