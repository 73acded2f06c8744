package dev.fencekv.client;

import dev.fencekv.wire.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** What a user waits for, and the listener of the call that will tell: one object for both. */
final class Answer<T> extends CompletableFuture<T> implements Call.Listener {
    private final Function<Reply, T> meaning;

    /**
     * @param meaning what a settled reply is to the user; throws the exception that it stands for
     */
    Answer(Function<Reply, T> meaning) {
        this.meaning = meaning;
    }

    @Override
    public void settled(Reply reply, boolean more) {
        T result;
        try {
            result = meaning.apply(reply);
        } catch (RuntimeException e) {
            completeExceptionally(e);
            return;
        }
        complete(result);
    }

    @Override
    public void failed(FenceKvException failure) {
        completeExceptionally(failure);
    }
}
