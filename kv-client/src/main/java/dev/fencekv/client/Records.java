package dev.fencekv.client;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Operations on keys, for the client and its locks alike. Stateless; safe from any thread. */
final class Records {
    private final ClientCore core;

    Records(ClientCore core) {
        this.core = core;
    }

    CompletableFuture<ReadResult> get(Key key, ReadOptions options) {
        if (!options.asOf().isNow()) {
            return new RangeReads(core).get(key, options);
        }
        return core.read(
                new Request.Get(key, options.mode(), options.atLeastRevision(), options.fences()),
                Replies::read);
    }

    /** A put that asks for more than a put can is a transaction of one. */
    CompletableFuture<WriteResult> put(Key key, Value value, WriteOptions options) {
        if (options.ttlMs() != Operation.NEVER || options.returnPrevious()) {
            Operation put =
                    new Operation.Put(
                            key,
                            value,
                            options.ephemeral(),
                            options.ttlMs(),
                            options.returnPrevious());
            return transactOne(key, put, options);
        }
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
        Check.argument(options.ttlMs() == Operation.NEVER, "what is deleted has no TTL");
        if (options.returnPrevious()) {
            return transactOne(key, new Operation.Delete(key, true), options);
        }
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
                options.isOnlyFences(),
                "this command takes fences only: no condition, no TTL, not ephemeral, no previous"
                        + " value, not without session");
    }

    CompletableFuture<TransactionResult> transact(
            boolean sessionless, List<Fence> fences, Transaction transaction) {
        return transact(sessionless, fences, transaction, Replies::transaction);
    }

    private <T> CompletableFuture<T> transact(
            boolean sessionless,
            List<Fence> fences,
            Transaction transaction,
            Function<Reply, T> meaning) {
        return sessionless
                ? core.writeOnce(new Request.Transact(RequestId.NONE, fences, transaction), meaning)
                : core.command(id -> new Request.Transact(id, fences, transaction), meaning);
    }

    /** A condition that does not hold is answered with what is there, as by a put. */
    private CompletableFuture<WriteResult> transactOne(
            Key key, Operation operation, WriteOptions options) {
        boolean conditional = options.condition() != Request.ANY_REVISION;
        Transaction transaction =
                new Transaction(
                        conditional
                                ? List.of(Comparison.atRevision(key, options.condition()))
                                : List.of(),
                        List.of(operation),
                        conditional ? List.of(new Operation.Get(key)) : List.of());
        return transact(
                options.sessionless(), options.fences(), transaction, Replies::onlyOperation);
    }

    CompletableFuture<WriteResult> expire(Key key, long ttlMs, WriteOptions options) {
        Check.argument(
                !options.ephemeral()
                        && options.ttlMs() == Operation.NEVER
                        && !options.returnPrevious(),
                "a TTL is set under conditions and fences only");
        return transactOne(key, new Operation.Expire(key, ttlMs), options);
    }

    CompletableFuture<NumberResult> deleteRange(KeyRange range, WriteOptions options) {
        WriteOptions inSession =
                new WriteOptions(
                        options.condition(),
                        options.ephemeral(),
                        false,
                        options.fences(),
                        options.ttlMs(),
                        options.returnPrevious());
        checkOnlyFences(inSession);
        return transact(
                options.sessionless(),
                options.fences(),
                new Transaction(List.of(), List.of(new Operation.DeleteRange(range)), List.of()),
                Replies::deletedRange);
    }

    CompletableFuture<TtlResult> ttl(Key key) {
        return core.read(new Request.Ttl(key), Replies::ttl);
    }

    CompletableFuture<WriteResult> write(
            boolean sessionless, Function<RequestId, Request> request) {
        return sessionless
                ? core.writeOnce(request.apply(RequestId.NONE), Replies::write)
                : core.command(request, Replies::write);
    }
}
