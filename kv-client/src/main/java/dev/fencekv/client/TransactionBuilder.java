package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One transaction on its way to be said: if all comparisons of {@link #when} hold, what {@link
 * #then} says is done, else what {@link #orElse} says; all of it or nothing, at one revision.
 *
 * <pre>{@code
 * client.transaction()
 *         .when(Comparison.value(stock, Operator.EQUAL, Value.of("7")))
 *         .then(Operation.put(stock, Value.of("6")), Operation.put(order, Value.of("taken")))
 *         .orElse(Operation.get(stock))
 *         .commit();
 * }</pre>
 *
 * <p>Within a branch each key, and each lock, may be named by one operation only, so that their
 * order does not matter. All tokens, and all guards over what either branch would write, are judged
 * before the comparisons.
 *
 * <p>Owned by the thread that builds; committing it again is another transaction.
 */
public final class TransactionBuilder {
    private final ClientCore core;
    private final List<Comparison> comparisons = new ArrayList<>();
    private final List<Operation> then = new ArrayList<>();
    private final List<Operation> orElse = new ArrayList<>();
    private final List<Fence> fences = new ArrayList<>();
    private boolean sessionless;

    TransactionBuilder(ClientCore core) {
        this.core = core;
    }

    /** Adds conditions, all of which must hold. */
    public TransactionBuilder when(Comparison... conditions) {
        comparisons.addAll(List.of(conditions));
        return this;
    }

    /** Adds what is done if all conditions hold, or if there are none. */
    public TransactionBuilder then(Operation... operations) {
        then.addAll(List.of(operations));
        return this;
    }

    /** Adds what is done if a condition does not hold. */
    public TransactionBuilder orElse(Operation... operations) {
        orElse.addAll(List.of(operations));
        return this;
    }

    /** Adds a token that must be live at the moment of the transaction; at most 16. */
    public TransactionBuilder fence(Fence fence) {
        Check.argument(fences.size() < Limits.FENCES_PER_COMMAND_MAX, "at most 16 fences");
        fences.add(fence);
        return this;
    }

    /**
     * Sent once at most, without a session: see {@link WriteOptions#sessionless}. For transactions
     * without increments, appends, acquires and ephemeral puts.
     */
    public TransactionBuilder withoutSession() {
        sessionless = true;
        return this;
    }

    /**
     * Does it.
     *
     * @return fails with {@link FencedException}, which names the first 16 violations; {@link
     *     LockBusyException} if it acquires a lock that is not free; {@link
     *     ConditionFailedException} if it adds to what is no number; {@link ResultGoneException};
     *     and with QUOTA_EXCEEDED or TOO_LARGE, all of which mean that nothing was done, but
     *     ResultGone, which means that all was
     * @throws IllegalArgumentException nothing is said, more than 128 comparisons and operations,
     *     or a key or a lock named twice in a branch
     */
    public CompletableFuture<TransactionResult> commitAsync() {
        return core.records()
                .transact(sessionless, fences, new Transaction(comparisons, then, orElse));
    }

    /** Blocking {@link #commitAsync}. */
    public TransactionResult commit() {
        return core.await(commitAsync());
    }
}
