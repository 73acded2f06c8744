package dev.fencekv.server.command;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The bytes of a transaction in the log, and of its results in remembered outcomes. Stateless. */
final class TransactionCodec {
    private TransactionCodec() {}

    static void encode(Transaction transaction, BytesOut out) {
        out.putByte(transaction.comparisons().size());
        for (Comparison comparison : transaction.comparisons()) {
            CommandCodec.putKey(comparison.key(), out);
            out.putByte(comparison.subject().code());
            out.putByte(comparison.operator().code());
            out.putLong(comparison.number());
            CommandCodec.putValue(comparison.value(), out);
        }
        encodeOperations(transaction.then(), out);
        encodeOperations(transaction.orElse(), out);
    }

    static Transaction decode(BytesIn in) {
        int count = in.getByte();
        List<Comparison> comparisons = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            comparisons.add(
                    new Comparison(
                            CommandCodec.getKey(in),
                            in.getCode("subject of a comparison", Comparison.Subject::ofCode),
                            in.getCode("operator of a comparison", Comparison.Operator::ofCode),
                            in.getLong(),
                            CommandCodec.getValue(in)));
        }
        return new Transaction(comparisons, decodeOperations(in), decodeOperations(in));
    }

    private static void encodeOperations(List<Operation> operations, BytesOut out) {
        out.putByte(operations.size());
        for (Operation operation : operations) {
            out.putByte(operation.kind().code());
            encodeOperation(operation, out);
        }
    }

    private static void encodeOperation(Operation operation, BytesOut out) {
        switch (operation.kind()) {
            case PUT -> {
                Operation.Put put = (Operation.Put) operation;
                CommandCodec.putKey(put.key(), out);
                CommandCodec.putValue(put.value(), out);
                out.putBoolean(put.ephemeral());
                out.putLong(put.ttlMs());
                out.putBoolean(put.returnPrevious());
            }
            case DELETE -> {
                Operation.Delete delete = (Operation.Delete) operation;
                CommandCodec.putKey(delete.key(), out);
                out.putBoolean(delete.returnPrevious());
            }
            case DELETE_RANGE -> {
                KeyRange range = ((Operation.DeleteRange) operation).range();
                putKeyIfAny(range.from(), out);
                putKeyIfAny(range.to(), out);
            }
            case GET -> CommandCodec.putKey(((Operation.Get) operation).key(), out);
            case INCREMENT -> {
                Operation.Increment increment = (Operation.Increment) operation;
                CommandCodec.putKey(increment.key(), out);
                out.putLong(increment.delta());
            }
            case APPEND -> {
                Operation.Append append = (Operation.Append) operation;
                CommandCodec.putKey(append.key(), out);
                CommandCodec.putValue(append.value(), out);
            }
            case ACQUIRE -> {
                Operation.Acquire acquire = (Operation.Acquire) operation;
                out.putText(acquire.lock().value());
                out.putLong(acquire.owner());
                out.putLong(acquire.lockDelayMs());
            }
            case EXPIRE -> {
                Operation.Expire expire = (Operation.Expire) operation;
                CommandCodec.putKey(expire.key(), out);
                out.putLong(expire.ttlMs());
            }
        }
    }

    private static List<Operation> decodeOperations(BytesIn in) {
        int count = in.getByte();
        List<Operation> operations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            operations.add(decodeOperation(in.getCode("operation", Operation.Kind::ofCode), in));
        }
        return operations;
    }

    private static Operation decodeOperation(Operation.Kind kind, BytesIn in) {
        return switch (kind) {
            case PUT ->
                    new Operation.Put(
                            CommandCodec.getKey(in),
                            CommandCodec.getValue(in),
                            in.getBoolean(),
                            in.getLong(),
                            in.getBoolean());
            case DELETE -> new Operation.Delete(CommandCodec.getKey(in), in.getBoolean());
            case DELETE_RANGE ->
                    new Operation.DeleteRange(new KeyRange(getKeyIfAny(in), getKeyIfAny(in)));
            case GET -> new Operation.Get(CommandCodec.getKey(in));
            case INCREMENT -> new Operation.Increment(CommandCodec.getKey(in), in.getLong());
            case APPEND -> new Operation.Append(CommandCodec.getKey(in), CommandCodec.getValue(in));
            case ACQUIRE ->
                    new Operation.Acquire(new LockName(in.getText()), in.getLong(), in.getLong());
            case EXPIRE -> new Operation.Expire(CommandCodec.getKey(in), in.getLong());
        };
    }

    static void encodeResults(Outcome.Transacted transacted, BytesOut out) {
        out.putBoolean(transacted.succeeded());
        out.putByte(transacted.results().size());
        for (OperationResult result : transacted.results()) {
            out.putByte(result.kind().code());
            encodeResult(result, out);
        }
    }

    private static void encodeResult(OperationResult result, BytesOut out) {
        switch (result.kind()) {
            case PUT -> putIfAny(((OperationResult.Put) result).previous(), out);
            case DELETE -> {
                OperationResult.Delete delete = (OperationResult.Delete) result;
                out.putBoolean(delete.deleted());
                putIfAny(delete.previous(), out);
            }
            case DELETE_RANGE -> out.putLong(((OperationResult.DeleteRange) result).deleted());
            case GET -> {
                OperationResult.Get get = (OperationResult.Get) result;
                putIfAny(get.record(), out);
                out.putLong(get.remainingMs());
            }
            case INCREMENT -> out.putLong(((OperationResult.Increment) result).number());
            case APPEND -> out.putLong(((OperationResult.Append) result).number());
            case ACQUIRE -> out.putLong(((OperationResult.Acquire) result).token().value());
            case EXPIRE -> out.putBoolean(((OperationResult.Expire) result).found());
        }
    }

    static Outcome.Transacted decodeResults(BytesIn in) {
        boolean succeeded = in.getBoolean();
        int count = in.getByte();
        List<OperationResult> results = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            results.add(
                    decodeResult(in.getCode("result of operation", Operation.Kind::ofCode), in));
        }
        return new Outcome.Transacted(succeeded, results);
    }

    private static OperationResult decodeResult(Operation.Kind kind, BytesIn in) {
        return switch (kind) {
            case PUT -> new OperationResult.Put(getIfAny(in));
            case DELETE -> new OperationResult.Delete(in.getBoolean(), getIfAny(in));
            case DELETE_RANGE -> new OperationResult.DeleteRange(in.getLong());
            case GET -> new OperationResult.Get(getIfAny(in), in.getLong());
            case INCREMENT -> new OperationResult.Increment(in.getLong());
            case APPEND -> new OperationResult.Append(in.getLong());
            case ACQUIRE -> new OperationResult.Acquire(new FencingToken(in.getLong()));
            case EXPIRE -> new OperationResult.Expire(in.getBoolean());
        };
    }

    private static void putKeyIfAny(Optional<Key> key, BytesOut out) {
        out.putBoolean(key.isPresent());
        if (key.isPresent()) {
            CommandCodec.putKey(key.get(), out);
        }
    }

    private static Optional<Key> getKeyIfAny(BytesIn in) {
        return in.getBoolean() ? Optional.of(CommandCodec.getKey(in)) : Optional.empty();
    }

    private static void putIfAny(Optional<Versioned> record, BytesOut out) {
        out.putBoolean(record.isPresent());
        if (record.isEmpty()) {
            return;
        }
        Versioned there = record.get();
        CommandCodec.putValue(there.value(), out);
        out.putLong(there.createRevision());
        out.putLong(there.modifyRevision());
        out.putLong(there.version());
        out.putLong(there.stamp().packed());
        out.putLong(there.token().value());
        out.putLong(there.owner().value());
        out.putLong(there.writer().value());
        out.putLong(there.writerSequence());
    }

    private static Optional<Versioned> getIfAny(BytesIn in) {
        if (!in.getBoolean()) {
            return Optional.empty();
        }
        return Optional.of(
                new Versioned(
                        CommandCodec.getValue(in),
                        in.getLong(),
                        in.getLong(),
                        in.getLong(),
                        new HybridTimestamp(in.getLong()),
                        new FencingToken(in.getLong()),
                        new SessionId(in.getLong()),
                        new SessionId(in.getLong()),
                        in.getLong()));
    }
}
