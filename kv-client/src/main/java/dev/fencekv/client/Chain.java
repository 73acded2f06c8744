package dev.fencekv.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What several requests come to, of which each is sent when the one before is answered. Whoever
 * ends this, by cancelling it or by a timeout of his own, gives up the request that is under way,
 * and no further one is sent.
 */
final class Chain<T> extends CompletableFuture<T> {
    private volatile @Nullable CompletableFuture<?> underWay;

    Chain() {
        whenComplete((result, failure) -> giveUp());
    }

    /**
     * Sends the next request, unless this has ended; what that fails with this fails with.
     *
     * @param then takes its answer, and completes this or asks for more
     */
    <A> void ask(Supplier<CompletableFuture<A>> request, Consumer<A> then) {
        if (isDone()) {
            return;
        }
        CompletableFuture<A> sent = request.get();
        underWay = sent;
        if (isDone()) {
            giveUp();
        }
        sent.whenComplete((answer, failure) -> answered(answer, failure, then));
    }

    private <A> void answered(A answer, @Nullable Throwable failure, Consumer<A> then) {
        if (failure != null) {
            completeExceptionally(failure);
            return;
        }
        try {
            then.accept(answer);
        } catch (RuntimeException e) {
            completeExceptionally(e);
        }
    }

    /** Does nothing to a request that is answered. */
    private void giveUp() {
        CompletableFuture<?> request = underWay;
        if (request != null) {
            request.cancel(false);
        }
    }
}
