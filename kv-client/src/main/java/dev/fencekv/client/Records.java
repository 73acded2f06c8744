package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.ReadMode;
import dev.fencekv.wire.Request;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Operations on keys, for the client and its locks alike. Stateless; safe from any thread. */
final class Records {
    private final ClientCore core;

    Records(ClientCore core) {
        this.core = core;
    }

    CompletableFuture<ReadResult> get(Key key, ReadOptions options) {
        ReadMode mode = options.stale() ? ReadMode.STALE : ReadMode.LINEARIZABLE;
        return core.read(
                new Request.Get(key, mode, options.atLeastRevision(), options.fences()),
                Replies::read);
    }

    CompletableFuture<WriteResult> put(Key key, Value value, WriteOptions options) {
        return write(
                options.sessionless(),
                id ->
                        new Request.Put(
                                id,
                                options.fences(),
                                key,
                                value,
                                options.condition(),
                                options.ephemeral()));
    }

    CompletableFuture<WriteResult> delete(Key key, WriteOptions options) {
        Check.argument(!options.ephemeral(), "a delete cannot be ephemeral");
        return write(
                options.sessionless(),
                id -> new Request.Delete(id, options.fences(), key, options.condition()));
    }

    CompletableFuture<NumberResult> increment(Key key, long delta, WriteOptions options) {
        checkOnlyFences(options);
        return core.command(
                id -> new Request.Increment(id, options.fences(), key, delta), Replies::number);
    }

    CompletableFuture<NumberResult> append(Key key, Value value, WriteOptions options) {
        checkOnlyFences(options);
        return core.command(
                id -> new Request.Append(id, options.fences(), key, value), Replies::number);
    }

    private static void checkOnlyFences(WriteOptions options) {
        Check.argument(
                options.equals(
                        new WriteOptions(Request.ANY_REVISION, false, false, options.fences())),
                "this command takes fences only: no condition, not ephemeral, not without session");
    }

    CompletableFuture<WriteResult> write(
            boolean sessionless, Function<RequestId, Request> request) {
        return sessionless
                ? core.writeOnce(request.apply(RequestId.NONE), Replies::write)
                : core.command(request, Replies::write);
    }
}
