package dev.fencekv.client;

import dev.fencekv.wire.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a user waits for, and the listener of the call that will tell: one object for both. Whoever
 * ends it before the call does, by cancelling it, by a timeout or with a value of his own, gives
 * the call up.
 */
final class Answer<T> extends CompletableFuture<T> implements Call.Listener {
    private final Function<Reply, T> meaning;

    /** The call that will tell, and who may give it up; null if nobody may. */
    private @Nullable Call call;

    private @Nullable ClientCore core;

    /**
     * @param meaning what a settled reply is to the user; throws the exception that it stands for
     */
    Answer(Function<Reply, T> meaning) {
        this.meaning = meaning;
    }

    /** From now on whoever ends this gives the call up. Before anybody else has this. */
    void endsCall(ClientCore by, Call asked) {
        core = by;
        call = asked;
    }

    @Override
    public void settled(Reply reply, boolean more) {
        T result;
        try {
            result = meaning.apply(reply);
        } catch (RuntimeException e) {
            super.completeExceptionally(e);
            return;
        }
        super.complete(result);
    }

    @Override
    public void failed(FenceKvException failure) {
        super.completeExceptionally(failure);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        giveUpIf(cancelled);
        return cancelled;
    }

    /** By others than the call: {@link #orTimeout} comes here. */
    @Override
    public boolean completeExceptionally(Throwable failure) {
        boolean completed = super.completeExceptionally(failure);
        giveUpIf(completed);
        return completed;
    }

    /** By others than the call: {@link #completeOnTimeout} comes here. */
    @Override
    public boolean complete(T value) {
        boolean completed = super.complete(value);
        giveUpIf(completed);
        return completed;
    }

    private void giveUpIf(boolean ended) {
        if (ended && core != null && call != null) {
            call.givenUp = true;
            core.giveUp(call);
        }
    }
}
