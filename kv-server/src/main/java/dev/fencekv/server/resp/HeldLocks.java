package dev.fencekv.server.resp;

import dev.fencekv.client.FencedLock;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.LockBusyException;
import dev.fencekv.client.LockState;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The locks of one connection, and the session that they belong to: opened with the first lock,
 * kept alive while the connection lives, ended with it. Owned by the event loop of the connection,
 * which also sees to it that there is one request at a time.
 *
 * <p>HAZARD: clients may share one connection among threads. So a connection that holds a lock is
 * refused it like anybody else, and not told its token again.
 */
final class HeldLocks {
    private final LockSessions sessions;

    private final Map<LockName, FencedLock> held = new HashMap<>();
    private @Nullable KvClient session;

    HeldLocks(LockSessions sessions) {
        this.sessions = sessions;
    }

    /**
     * The token, or null if somebody else holds the lock.
     *
     * @param wait zero to try only
     * @param label of the session, if this is its first lock
     */
    CompletableFuture<RespReply> lock(LockName name, Duration wait, String label) {
        FencedLock known = held.get(name);
        if (known != null && isHeld(known)) {
            throw new RefusedException(
                    "LOCK_BUSY this connection holds lock "
                            + name
                            + " itself: one connection is one owner");
        }
        if (session == null) {
            session = sessions.open(label);
        }
        FencedLock lock = session.lock(name.value());
        held.put(name, lock);
        CompletableFuture<FencingToken> token =
                wait.isZero()
                        ? lock.tryLockAsync()
                                .thenApply(yes -> yes ? lock.token() : FencingToken.NONE)
                        : lock.lockAsync(wait).exceptionally(HeldLocks::noneIfBusy);
        return token.handle(
                (granted, failure) -> {
                    if (failure != null) {
                        throw new CompletionException(Failures.cause(failure));
                    }
                    return granted.isNone() ? RespReply.NULL : RespReply.number(granted.value());
                });
    }

    /** As far as is known: a suspect one may still be. */
    private static boolean isHeld(FencedLock lock) {
        LockState state = lock.state();
        return state == LockState.HELD || state == LockState.SUSPECT;
    }

    private static FencingToken noneIfBusy(Throwable failure) {
        if (Failures.cause(failure) instanceof LockBusyException) {
            return FencingToken.NONE;
        }
        throw new CompletionException(Failures.cause(failure));
    }

    /** 1 if it was held until now, 0 if it had been lost. */
    CompletableFuture<RespReply> unlock(LockName name, FencingToken token) {
        FencedLock lock = held.get(name);
        if (lock == null || !lock.token().equals(token)) {
            throw new RefusedException(
                    "ERR this connection does not hold lock "
                            + name
                            + " by token "
                            + token
                            + ": a lock is given back where it was taken");
        }
        held.remove(name);
        return lock.unlockAsync().thenApply(was -> RespReply.number(was ? 1 : 0));
    }

    /** Whether any lock was granted and not given back. */
    boolean isHolding() {
        held.values().removeIf(lock -> lock.state() == LockState.RELEASED);
        return !held.isEmpty();
    }

    /** The connection is gone: its session ends, and its locks are free at once. */
    void close() {
        if (session != null) {
            sessions.close(session);
            session = null;
        }
        held.clear();
    }
}
