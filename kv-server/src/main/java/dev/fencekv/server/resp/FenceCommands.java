package dev.fencekv.server.resp;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Locks of a connection, and what is known of anybody's. Safe from any thread. */
final class FenceCommands {
    private final KvClient client;

    FenceCommands(KvClient client) {
        this.client = client;
    }

    /** {@code FENCE.LOCK lock [WAIT ms]}: the token, or null. */
    CompletableFuture<RespReply> lock(RespClient caller, Words words) {
        LockName name = words.lock();
        Duration wait = Duration.ZERO;
        if (words.hasMore()) {
            words.expect("WAIT");
            long ms = words.number();
            if (ms < 0 || ms > Limits.LOCK_WAIT_MS_MAX) {
                throw new RefusedException(
                        "ERR WAIT takes 0 to " + Limits.LOCK_WAIT_MS_MAX + " milliseconds");
            }
            wait = Duration.ofMillis(ms);
        }
        words.end();
        return caller.locks().lock(name, wait, label(caller));
    }

    private static String label(RespClient caller) {
        return caller.name().isEmpty() ? "resp client " + caller.id() : caller.name();
    }

    /** {@code FENCE.UNLOCK lock token}: 1 if it was held until now. */
    CompletableFuture<RespReply> unlock(RespClient caller, Words words) {
        LockName name = words.lock();
        return caller.locks().unlock(name, words.token());
    }

    /** {@code FENCE.CHECK lock token}: whether that is the live grant. */
    CompletableFuture<RespReply> check(Words words) {
        Fence fence = words.fence();
        return client.inspectLockAsync(fence.lock())
                .thenApply(
                        found ->
                                new RespReply.Truth(
                                        found.flatMap(LockInfo::grant)
                                                .filter(
                                                        grant ->
                                                                grant.token().equals(fence.token()))
                                                .isPresent()));
    }

    /** {@code FENCE.INSPECT lock}: holder, queue and last grants; null if nobody ever took it. */
    CompletableFuture<RespReply> inspect(Words words) {
        return client.inspectLockAsync(words.lock())
                .thenApply(found -> found.map(FenceCommands::table).orElse(RespReply.NULL));
    }

    private static RespReply table(LockInfo lock) {
        List<RespReply> ended = new ArrayList<>();
        for (EndedGrant grant : lock.ended()) {
            ended.add(
                    RespReply.table(
                            "token",
                            grant.token().value(),
                            "how",
                            grant.how().name(),
                            "revision",
                            grant.revision()));
        }
        Optional<GrantInfo> grant = lock.grant();
        return RespReply.table(
                "lock",
                lock.name(),
                "token",
                grant.map(GrantInfo::token).orElse(FencingToken.NONE).value(),
                "holder",
                grant.map(live -> live.label().value()).orElse(""),
                "newest_token",
                lock.newestToken().value(),
                "waiters",
                lock.waiters(),
                "ended",
                new RespReply.Array(ended));
    }
}
