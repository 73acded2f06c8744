package dev.fencekv.wire;

import static dev.fencekv.wire.Fields.readBool;
import static dev.fencekv.wire.Fields.readCount;
import static dev.fencekv.wire.Fields.readI64;
import static dev.fencekv.wire.Fields.readKey;
import static dev.fencekv.wire.Fields.readKeyIfAny;
import static dev.fencekv.wire.Fields.readLockName;
import static dev.fencekv.wire.Fields.readToken;
import static dev.fencekv.wire.Fields.readU63;
import static dev.fencekv.wire.Fields.readU8;
import static dev.fencekv.wire.Fields.readValue;
import static dev.fencekv.wire.Fields.writeBool;
import static dev.fencekv.wire.Fields.writeCount;
import static dev.fencekv.wire.Fields.writeKey;
import static dev.fencekv.wire.Fields.writeKeyIfAny;
import static dev.fencekv.wire.Fields.writeLockName;
import static dev.fencekv.wire.Fields.writeU63;
import static dev.fencekv.wire.Fields.writeValue;

import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Versioned;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A transaction and its results to bytes and back: a part of the messages. Stateless. */
final class TransactionCodec {
    private static final int COMPARISON_BYTES_MIN = (2 + 1) + 1 + 1 + 8 + 4;

    /** The code, and a get of a key of one byte. */
    private static final int OPERATION_BYTES_MIN = 1 + (2 + 1);

    /** The code, and whether a key was found. */
    private static final int RESULT_BYTES_MIN = 1 + 1;

    private TransactionCodec() {}

    static void write(ByteBuf out, Transaction transaction) {
        writeCount(
                out, transaction.comparisons().size(), Limits.TRANSACTION_PARTS_MAX, "comparisons");
        for (Comparison comparison : transaction.comparisons()) {
            writeComparison(out, comparison);
        }
        writeOperations(out, transaction.then());
        writeOperations(out, transaction.orElse());
    }

    static Transaction read(ByteBuf in) {
        int count =
                readCount(in, Limits.TRANSACTION_PARTS_MAX, COMPARISON_BYTES_MIN, "comparisons");
        List<Comparison> comparisons = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            comparisons.add(readComparison(in));
        }
        return new Transaction(comparisons, readOperations(in), readOperations(in));
    }

    private static void writeComparison(ByteBuf out, Comparison comparison) {
        writeKey(out, comparison.key());
        out.writeByte(comparison.subject().code());
        out.writeByte(comparison.operator().code());
        out.writeLong(comparison.number());
        writeValue(out, comparison.value());
    }

    private static Comparison readComparison(ByteBuf in) {
        return new Comparison(
                readKey(in),
                Comparison.Subject.ofCode(readU8(in, "subject")),
                Comparison.Operator.ofCode(readU8(in, "operator")),
                readI64(in, "number"),
                readValue(in));
    }

    private static void writeOperations(ByteBuf out, List<Operation> operations) {
        writeCount(out, operations.size(), Limits.TRANSACTION_PARTS_MAX, "operations");
        for (Operation operation : operations) {
            out.writeByte(operation.kind().code());
            writeOperation(out, operation);
        }
    }

    private static void writeOperation(ByteBuf out, Operation operation) {
        switch (operation.kind()) {
            case PUT -> {
                Operation.Put put = (Operation.Put) operation;
                writeKey(out, put.key());
                writeValue(out, put.value());
                writeBool(out, put.ephemeral());
                writeU63(out, put.ttlMs(), "ttlMs");
                writeBool(out, put.returnPrevious());
            }
            case DELETE -> {
                Operation.Delete delete = (Operation.Delete) operation;
                writeKey(out, delete.key());
                writeBool(out, delete.returnPrevious());
            }
            case DELETE_RANGE -> {
                KeyRange range = ((Operation.DeleteRange) operation).range();
                writeKeyIfAny(out, range.from());
                writeKeyIfAny(out, range.to());
            }
            case GET -> writeKey(out, ((Operation.Get) operation).key());
            case INCREMENT -> {
                Operation.Increment increment = (Operation.Increment) operation;
                writeKey(out, increment.key());
                out.writeLong(increment.delta());
            }
            case APPEND -> {
                Operation.Append append = (Operation.Append) operation;
                writeKey(out, append.key());
                writeValue(out, append.value());
            }
            case ACQUIRE -> {
                Operation.Acquire acquire = (Operation.Acquire) operation;
                writeLockName(out, acquire.lock());
                out.writeLong(acquire.owner());
                writeU63(out, acquire.lockDelayMs(), "lockDelayMs");
            }
            case EXPIRE -> {
                Operation.Expire expire = (Operation.Expire) operation;
                writeKey(out, expire.key());
                writeU63(out, expire.ttlMs(), "ttlMs");
            }
        }
    }

    private static List<Operation> readOperations(ByteBuf in) {
        int count = readCount(in, Limits.TRANSACTION_PARTS_MAX, OPERATION_BYTES_MIN, "operations");
        List<Operation> operations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            operations.add(readOperation(Operation.Kind.ofCode(readU8(in, "operation")), in));
        }
        return operations;
    }

    private static Operation readOperation(Operation.Kind kind, ByteBuf in) {
        return switch (kind) {
            case PUT ->
                    new Operation.Put(
                            readKey(in),
                            readValue(in),
                            readBool(in, "ephemeral"),
                            readU63(in, "ttlMs"),
                            readBool(in, "returnPrevious"));
            case DELETE -> new Operation.Delete(readKey(in), readBool(in, "returnPrevious"));
            case DELETE_RANGE ->
                    new Operation.DeleteRange(new KeyRange(readKeyIfAny(in), readKeyIfAny(in)));
            case GET -> new Operation.Get(readKey(in));
            case INCREMENT -> new Operation.Increment(readKey(in), readI64(in, "delta"));
            case APPEND -> new Operation.Append(readKey(in), readValue(in));
            case ACQUIRE ->
                    new Operation.Acquire(
                            readLockName(in), readI64(in, "owner"), readU63(in, "lockDelayMs"));
            case EXPIRE -> new Operation.Expire(readKey(in), readU63(in, "ttlMs"));
        };
    }

    static void writeResults(ByteBuf out, List<OperationResult> results) {
        writeCount(out, results.size(), Limits.TRANSACTION_PARTS_MAX, "results");
        for (OperationResult result : results) {
            out.writeByte(result.kind().code());
            writeResult(out, result);
        }
    }

    private static void writeResult(ByteBuf out, OperationResult result) {
        switch (result.kind()) {
            case PUT -> writeIfAny(out, ((OperationResult.Put) result).previous());
            case DELETE -> {
                OperationResult.Delete delete = (OperationResult.Delete) result;
                writeBool(out, delete.deleted());
                writeIfAny(out, delete.previous());
            }
            case DELETE_RANGE ->
                    writeU63(out, ((OperationResult.DeleteRange) result).deleted(), "deleted");
            case GET -> {
                OperationResult.Get get = (OperationResult.Get) result;
                writeIfAny(out, get.record());
                writeU63(out, get.remainingMs(), "remainingMs");
            }
            case INCREMENT -> out.writeLong(((OperationResult.Increment) result).number());
            case APPEND -> out.writeLong(((OperationResult.Append) result).number());
            case ACQUIRE -> out.writeLong(((OperationResult.Acquire) result).token().value());
            case EXPIRE -> writeBool(out, ((OperationResult.Expire) result).found());
        }
    }

    static List<OperationResult> readResults(ByteBuf in) {
        int count = readCount(in, Limits.TRANSACTION_PARTS_MAX, RESULT_BYTES_MIN, "results");
        List<OperationResult> results = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            results.add(readResult(Operation.Kind.ofCode(readU8(in, "result")), in));
        }
        return results;
    }

    private static OperationResult readResult(Operation.Kind kind, ByteBuf in) {
        return switch (kind) {
            case PUT -> new OperationResult.Put(readIfAny(in));
            case DELETE -> new OperationResult.Delete(readBool(in, "deleted"), readIfAny(in));
            case DELETE_RANGE -> new OperationResult.DeleteRange(readU63(in, "deleted"));
            case GET -> new OperationResult.Get(readIfAny(in), readU63(in, "remainingMs"));
            case INCREMENT -> new OperationResult.Increment(readI64(in, "number"));
            case APPEND -> new OperationResult.Append(readI64(in, "number"));
            case ACQUIRE -> new OperationResult.Acquire(readToken(in));
            case EXPIRE -> new OperationResult.Expire(readBool(in, "found"));
        };
    }

    private static void writeIfAny(ByteBuf out, Optional<Versioned> record) {
        writeBool(out, record.isPresent());
        if (record.isPresent()) {
            ReplyCodec.writeRecord(out, record.get());
        }
    }

    private static Optional<Versioned> readIfAny(ByteBuf in) {
        return readBool(in, "record") ? Optional.of(ReplyCodec.readRecord(in)) : Optional.empty();
    }
}
