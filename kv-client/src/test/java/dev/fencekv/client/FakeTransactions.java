package dev.fencekv.client;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Transactions of a {@link FakeStore}: no quotas, no locks; nothing ends by time. */
final class FakeTransactions {
    private final Map<Key, Versioned> records;
    private final Map<Key, Long> ttls = new HashMap<>();

    FakeTransactions(Map<Key, Versioned> records) {
        this.records = records;
    }

    long remainingMs(Key key) {
        return ttls.getOrDefault(key, Operation.NEVER);
    }

    Reply.Transacted apply(Request.Transact request, long revision, HybridTimestamp stamp) {
        Transaction transaction = request.transaction();
        boolean succeeded = transaction.comparisons().stream().allMatch(this::holds);
        List<OperationResult> results = new ArrayList<>();
        for (Operation operation : succeeded ? transaction.then() : transaction.orElse()) {
            results.add(apply(operation, request, revision, stamp));
        }
        return new Reply.Transacted(succeeded, results);
    }

    private boolean holds(Comparison comparison) {
        Versioned record = records.get(comparison.key());
        if (comparison.subject() == Comparison.Subject.VALUE) {
            return record != null
                    && comparison.operator().holds(record.value().compareTo(comparison.value()));
        }
        long actual = record == null ? 0 : number(record, comparison.subject());
        return comparison.operator().holds(Long.compare(actual, comparison.number()));
    }

    private static long number(Versioned record, Comparison.Subject subject) {
        return switch (subject) {
            case MODIFY_REVISION -> record.modifyRevision();
            case CREATE_REVISION -> record.createRevision();
            case VERSION -> record.version();
            case TOKEN -> record.token().value();
            case OWNER -> record.owner().value();
            case VALUE -> throw new AssertionError(subject);
        };
    }

    private OperationResult apply(
            Operation operation, Request.Transact request, long revision, HybridTimestamp stamp) {
        if (operation instanceof Operation.Acquire) {
            throw new AssertionError("locks are not taken in transactions here");
        }
        if (operation instanceof Operation.DeleteRange delete) {
            int there = records.size();
            records.keySet().removeIf(delete.range()::contains);
            return new OperationResult.DeleteRange(there - records.size());
        }
        Key key = operation.subject().orElseThrow();
        Versioned before = records.get(key);
        return switch (operation.kind()) {
            case PUT -> {
                Operation.Put put = (Operation.Put) operation;
                write(request, key, put.value(), put.ephemeral(), revision, stamp);
                expire(key, put.ttlMs());
                yield new OperationResult.Put(
                        put.returnPrevious() ? Optional.ofNullable(before) : Optional.empty());
            }
            case DELETE -> {
                records.remove(key);
                ttls.remove(key);
                boolean wanted = ((Operation.Delete) operation).returnPrevious();
                yield new OperationResult.Delete(
                        before != null, wanted ? Optional.ofNullable(before) : Optional.empty());
            }
            case GET -> new OperationResult.Get(Optional.ofNullable(before), remainingMs(key));
            case INCREMENT -> {
                long sum = ((Operation.Increment) operation).delta();
                sum += before == null ? 0 : Long.parseLong(before.value().toUtf8());
                write(request, key, Value.of(Long.toString(sum)), false, revision, stamp);
                yield new OperationResult.Increment(sum);
            }
            case APPEND -> {
                Value more = ((Operation.Append) operation).value();
                Value whole = before == null ? more : before.value().concat(more);
                write(request, key, whole, false, revision, stamp);
                yield new OperationResult.Append(whole.length());
            }
            case EXPIRE -> {
                if (before != null) {
                    expire(key, ((Operation.Expire) operation).ttlMs());
                }
                yield new OperationResult.Expire(before != null);
            }
            case DELETE_RANGE, ACQUIRE -> throw new AssertionError(operation);
        };
    }

    private void expire(Key key, long ttlMs) {
        if (ttlMs == Operation.NEVER) {
            ttls.remove(key);
        } else {
            ttls.put(key, ttlMs);
        }
    }

    private void write(
            Request.Transact request,
            Key key,
            Value value,
            boolean ephemeral,
            long revision,
            HybridTimestamp stamp) {
        Versioned before = records.get(key);
        RequestId id = request.id();
        records.put(
                key,
                new Versioned(
                        value,
                        before == null ? revision : before.createRevision(),
                        revision,
                        before == null ? 1 : before.version() + 1,
                        stamp,
                        request.fences().isEmpty()
                                ? FencingToken.NONE
                                : request.fences().get(0).token(),
                        ephemeral ? id.session() : SessionId.NONE,
                        id.session(),
                        id.sequence()));
    }
}
