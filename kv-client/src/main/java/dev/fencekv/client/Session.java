package dev.fencekv.client;

import dev.fencekv.kv.SessionId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The client's replicated identity: what makes its writes apply exactly once, and what its locks
 * and ephemeral keys hang on. Opened by the first command that needs it, renewed every third of its
 * TTL, replaced by a new one when it is over. Safe from any thread.
 */
public final class Session {
    private final ClientCore core;

    Session(ClientCore core) {
        this.core = core;
    }

    /** Opens a session if there is none. Fails with {@link UnavailableException}. */
    public CompletableFuture<SessionId> openAsync() {
        return core.openSession();
    }

    /** Blocking {@link #openAsync}. */
    public SessionId open() {
        return core.await(openAsync());
    }

    /** The live session's number; empty if none is open or it may be over. */
    public Optional<SessionId> id() {
        return core.sessionId();
    }

    /** The time to live that the client asks for. */
    public Duration ttl() {
        return core.options().sessionTtl();
    }

    /**
     * Calls {@code listener} once for each session that ends without {@link KvClient#close}, with
     * its number: its locks are lost, its ephemeral keys gone or about to go. Runs on the client's
     * callback thread, which it may block.
     */
    public void onLost(Consumer<SessionId> listener) {
        core.onSessionLost(listener);
    }
}
