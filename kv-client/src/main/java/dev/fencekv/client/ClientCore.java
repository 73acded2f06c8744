package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The seam below the public types; nothing answers yet. */
final class ClientCore {
    private final ClientOptions options;

    private ClientCore(ClientOptions options) {
        this.options = options;
    }

    static ClientCore start(
            ClientOptions options,
            WallClock wall,
            MonotonicClock monotonic,
            @Nullable Timers timers) {
        return new ClientCore(options);
    }

    ClientOptions options() {
        return options;
    }

    CompletableFuture<Reply> read(Request request) {
        throw new UnsupportedOperationException();
    }

    CompletableFuture<Reply> readFrom(String endpoint, Request request) {
        throw new UnsupportedOperationException();
    }

    CompletableFuture<Reply> once(Request request) {
        throw new UnsupportedOperationException();
    }

    CompletableFuture<Reply> command(Function<RequestId, Request> request) {
        throw new UnsupportedOperationException();
    }

    CompletableFuture<SessionId> openSession() {
        throw new UnsupportedOperationException();
    }

    Optional<SessionId> sessionId() {
        throw new UnsupportedOperationException();
    }

    void onSessionLost(Consumer<SessionId> listener) {
        throw new UnsupportedOperationException();
    }

    <T> T await(CompletableFuture<T> future) {
        return future.join();
    }

    boolean isLoopThread() {
        return false;
    }

    HybridTimestamp lastSeenStamp() {
        return HybridTimestamp.ZERO;
    }

    void observe(HybridTimestamp stamp) {}

    long lastSeenRevision() {
        return 0;
    }

    CompletableFuture<Void> close() {
        return CompletableFuture.completedFuture(null);
    }
}
