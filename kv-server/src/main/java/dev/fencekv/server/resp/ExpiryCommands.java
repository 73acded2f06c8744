package dev.fencekv.server.resp;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.TtlResult;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Keys that end by themselves: by lease time, never by a wall clock. Safe from any thread. */
final class ExpiryCommands {
    /** As Redis says them. */
    private static final long NO_KEY = -2;

    private static final long NO_END = -1;

    private final KvClient client;

    ExpiryCommands(KvClient client) {
        this.client = client;
    }

    /** A time to live as a command gives it, of at least the least that there is. */
    static Duration ttl(Words words, TimeUnit unit) {
        return checked(words.number(), unit);
    }

    private static Duration checked(long amount, TimeUnit unit) {
        if (amount <= 0) {
            throw new RefusedException("ERR invalid expire time: it must be above 0");
        }
        long ms = unit.toMillis(amount); // Saturates, and is out of range then.
        if (ms < Limits.KEY_TTL_MS_MIN || ms > Limits.KEY_TTL_MS_MAX) {
            throw new RefusedException(
                    "ERR invalid expire time: "
                            + Limits.KEY_TTL_MS_MIN
                            + " to "
                            + Limits.KEY_TTL_MS_MAX
                            + " ms");
        }
        return Duration.ofMillis(ms);
    }

    /** {@code EXPIRE key n}: 1 if the key is there. It is removed if it is to live no longer. */
    CompletableFuture<RespReply> expire(Words words, TimeUnit unit) {
        Key key = words.key();
        long amount = words.number();
        if (words.hasMore()) {
            throw new RefusedException(
                    "UNSUPPORTED EXPIRE takes no conditions: leave "
                            + words.keyword()
                            + " out, or look at the TTL first");
        }
        CompletableFuture<WriteResult> written =
                amount <= 0
                        ? client.deleteAsync(key, WriteOptions.NONE)
                        : client.expireAsync(key, checked(amount, unit), WriteOptions.NONE);
        return written.thenApply(result -> RespReply.number(result.changed() ? 1 : 0));
    }

    /** {@code PERSIST key}: 1 if it would have ended by time. */
    CompletableFuture<RespReply> persist(Key key) {
        return client.ttlAsync(key)
                .thenCompose(
                        ttl ->
                                ttl.remaining().isEmpty()
                                        ? CompletableFuture.completedFuture(RespReply.number(0))
                                        : client.persistAsync(key, WriteOptions.NONE)
                                                .thenApply(
                                                        result ->
                                                                RespReply.number(
                                                                        result.changed() ? 1 : 0)));
    }

    /** What is left, in whole units, rounded as Redis does. */
    CompletableFuture<RespReply> remaining(Key key, TimeUnit unit) {
        return client.ttlAsync(key).thenApply(ttl -> RespReply.number(remaining(ttl, unit)));
    }

    private static long remaining(TtlResult ttl, TimeUnit unit) {
        if (!ttl.found()) {
            return NO_KEY;
        }
        if (ttl.remaining().isEmpty()) {
            return NO_END;
        }
        long ms = ttl.remaining().get().toMillis();
        long unitMs = unit.toMillis(1);
        return (ms + unitMs / 2) / unitMs;
    }
}
