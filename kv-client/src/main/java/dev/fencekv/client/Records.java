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

    CompletableFuture<WriteResult> write(
            boolean sessionless, Function<RequestId, Request> request) {
        return sessionless
                ? core.writeOnce(request.apply(RequestId.NONE), Replies::write)
                : core.command(request, Replies::write);
    }
}
