package dev.fencekv.server.resp;

import dev.fencekv.client.ConditionFailedException;
import dev.fencekv.client.KvClient;
import dev.fencekv.client.ReadOptions;
import dev.fencekv.client.TransactionBuilder;
import dev.fencekv.client.WriteOptions;
import dev.fencekv.client.WriteResult;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** Commands on one key and its value. Safe from any thread. */
final class StringCommands {
    /** How often a key may change between read and write before the command gives up. */
    private static final int TRIES_MAX = 64;

    private final KvClient client;

    StringCommands(KvClient client) {
        this.client = client;
    }

    CompletableFuture<RespReply> get(Key key, List<Fence> fences) {
        return read(key, fences, StringCommands::valueOrNull);
    }

    CompletableFuture<RespReply> length(Key key) {
        return read(
                key,
                List.of(),
                found -> RespReply.number(found.map(record -> record.value().length()).orElse(0)));
    }

    CompletableFuture<RespReply> type(Key key) {
        return read(
                key,
                List.of(),
                found -> new RespReply.Simple(found.isPresent() ? "string" : "none"));
    }

    CompletableFuture<RespReply> exists(Key key) {
        return read(key, List.of(), found -> RespReply.number(found.isPresent() ? 1 : 0));
    }

    private CompletableFuture<RespReply> read(
            Key key, List<Fence> fences, Function<Optional<Versioned>, RespReply> reply) {
        return client.getAsync(key, Fences.shown(ReadOptions.LINEARIZABLE, fences))
                .thenApply(read -> reply.apply(read.record()));
    }

    private static RespReply valueOrNull(Optional<Versioned> found) {
        return found.<RespReply>map(record -> new RespReply.Bulk(record.value()))
                .orElse(RespReply.NULL);
    }

    CompletableFuture<RespReply> set(Key key, Value value, SetOptions options) {
        if (options.previous()) {
            return replace(key, value, options);
        }
        if (options.ifPresent()) {
            return setIfPresent(key, value, options);
        }
        WriteOptions write = options.ifAbsent() ? options.write().ifAbsent() : options.write();
        return orIfConditionFails(
                client.putAsync(key, value, write).thenApply(written -> RespReply.OK),
                () -> RespReply.NULL);
    }

    private CompletableFuture<RespReply> setIfPresent(Key key, Value value, SetOptions options) {
        TransactionBuilder transaction =
                client.transaction()
                        .when(Comparison.exists(key))
                        .then(options.operation(key, value));
        options.fences().forEach(transaction::fence);
        return transaction
                .commitAsync()
                .thenApply(done -> done.succeeded() ? RespReply.OK : RespReply.NULL);
    }

    /**
     * Not by what the store returns of the record before: a retry may find that gone, if the value
     * was large.
     */
    private CompletableFuture<RespReply> replace(Key key, Value value, SetOptions options) {
        return readThenWrite(
                key,
                options.write(),
                (found, asFound) -> {
                    RespReply before = valueOrNull(found);
                    boolean fits = found.isPresent() ? !options.ifAbsent() : !options.ifPresent();
                    if (!fits) {
                        return done(before);
                    }
                    return client.putAsync(key, value, asFound).thenApply(written -> before);
                });
    }

    CompletableFuture<RespReply> setIfAbsent(Key key, Value value) {
        return orIfConditionFails(
                client.putAsync(key, value, WriteOptions.NONE.ifAbsent())
                        .thenApply(written -> RespReply.number(1)),
                () -> RespReply.number(0));
    }

    CompletableFuture<RespReply> delete(Key key, List<Fence> fences) {
        return client.deleteAsync(key, Fences.shown(WriteOptions.NONE, fences))
                .thenApply(StringCommands::changed);
    }

    private static RespReply changed(WriteResult result) {
        return RespReply.number(result.changed() ? 1 : 0);
    }

    CompletableFuture<RespReply> getAndDelete(Key key) {
        return readThenWrite(
                key,
                WriteOptions.NONE,
                (found, asFound) ->
                        found.isEmpty()
                                ? done(RespReply.NULL)
                                : client.deleteAsync(key, asFound)
                                        .thenApply(deleted -> valueOrNull(found)));
    }

    /** The value, and its TTL changed at the moment at which that was the value. */
    CompletableFuture<RespReply> getAndExpire(Key key, Operation.Expire expiry) {
        return readThenWrite(
                key,
                WriteOptions.NONE,
                (found, asFound) ->
                        found.isEmpty()
                                ? done(RespReply.NULL)
                                : expire(expiry, asFound).thenApply(set -> valueOrNull(found)));
    }

    private CompletableFuture<WriteResult> expire(Operation.Expire expiry, WriteOptions options) {
        return expiry.ttlMs() == Operation.NEVER
                ? client.persistAsync(expiry.key(), options)
                : client.expireAsync(expiry.key(), Duration.ofMillis(expiry.ttlMs()), options);
    }

    CompletableFuture<RespReply> increment(Key key, long delta, List<Fence> fences) {
        return orIfConditionFails(
                client.incrementAsync(key, delta, Fences.shown(WriteOptions.NONE, fences))
                        .thenApply(sum -> RespReply.number(sum.number())),
                () -> {
                    throw new RefusedException("ERR value is not an integer or out of range");
                });
    }

    CompletableFuture<RespReply> decrement(Key key, long delta) {
        if (delta == Long.MIN_VALUE) {
            throw new RefusedException("ERR decrement would overflow");
        }
        return increment(key, -delta, List.of());
    }

    CompletableFuture<RespReply> append(Key key, Value value, List<Fence> fences) {
        return client.appendAsync(key, value, Fences.shown(WriteOptions.NONE, fences))
                .thenApply(length -> RespReply.number(length.number()));
    }

    // --- what needs to know the record that it replaces ----------------------------------------

    /**
     * Reads, lets {@code decide} write under the condition that nothing has changed since, and
     * begins again if something has: so all of it happens at one moment, that of the write.
     */
    private CompletableFuture<RespReply> readThenWrite(
            Key key,
            WriteOptions options,
            BiFunction<Optional<Versioned>, WriteOptions, CompletableFuture<RespReply>> decide) {
        return attempt(key, options, decide, TRIES_MAX);
    }

    private CompletableFuture<RespReply> attempt(
            Key key,
            WriteOptions options,
            BiFunction<Optional<Versioned>, WriteOptions, CompletableFuture<RespReply>> decide,
            int triesLeft) {
        if (triesLeft == 0) {
            throw new RefusedException(
                    "UNAVAILABLE not applied: others change this key all the time; try again");
        }
        return client.getAsync(key, ReadOptions.LINEARIZABLE)
                .thenCompose(
                        read -> {
                            Optional<Versioned> found = read.record();
                            WriteOptions asFound =
                                    found.map(record -> options.ifRevision(record.modifyRevision()))
                                            .orElseGet(options::ifAbsent);
                            return againIfChanged(
                                    decide.apply(found, asFound),
                                    () -> attempt(key, options, decide, triesLeft - 1));
                        });
    }

    private static CompletableFuture<RespReply> againIfChanged(
            CompletableFuture<RespReply> written, Supplier<CompletableFuture<RespReply>> again) {
        return written.handle(
                        (reply, failure) -> {
                            if (failure == null) {
                                return done(reply);
                            }
                            Throwable cause = Failures.cause(failure);
                            return cause instanceof ConditionFailedException
                                    ? again.get()
                                    : CompletableFuture.<RespReply>failedFuture(cause);
                        })
                .thenCompose(Function.identity());
    }

    private static CompletableFuture<RespReply> orIfConditionFails(
            CompletableFuture<RespReply> written, Supplier<RespReply> otherwise) {
        return written.exceptionally(
                failure -> {
                    Throwable cause = Failures.cause(failure);
                    if (cause instanceof ConditionFailedException) {
                        return otherwise.get();
                    }
                    throw new CompletionException(cause);
                });
    }

    private static CompletableFuture<RespReply> done(RespReply reply) {
        return CompletableFuture.completedFuture(reply);
    }
}
