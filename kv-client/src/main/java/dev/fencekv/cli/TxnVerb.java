package dev.fencekv.cli;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.TransactionBuilder;
import dev.fencekv.client.TransactionResult;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Versioned;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code kvcli txn}. */
@Command(
        name = "txn",
        description = {
            "Does all of then if every if holds, else all of else; at once, at one revision, or"
                    + " nothing. Exit code 1 if an if did not hold.",
            "",
            "Lines, as arguments or on stdin:",
            "  if absent KEY                  if exists KEY",
            "  if value KEY = TEXT            also !=, <, >; by bytes",
            "  if modified KEY = N            also created, version, token, owner",
            "  then put KEY VALUE [ephemeral] [ttl 30s] [prev]",
            "  then delete KEY [prev]         then get KEY",
            "  then delete-prefix PREFIX      then delete-range FROM TO",
            "  then incr KEY [N]              then append KEY VALUE",
            "  then expire KEY 30s            then expire KEY never",
            "  then acquire LOCK              held as long as kvcli runs",
            "  else ...                       as then",
            "A word with blanks stands in \"double quotes\"; lines that begin with # say nothing."
        },
        footer = {
            "",
            "Examples:",
            "  kvcli txn 'if value stock = 7' 'then put stock 6' 'then put order/1 taken'"
                    + " 'else get stock'",
            "  kvcli txn 'if absent leader' 'then put leader \"node 1\" ttl 30s'",
            "  kvcli txn --fence billing:33 'then put acct/1 90' 'then put acct/2 10'",
            "  kvcli -o json txn < moves.txt"
        })
final class TxnVerb extends Verb {
    /** More than a frame could take. */
    private static final int TEXT_BYTES_MAX = 2 * Limits.FRAME_BYTES_MAX;

    @Parameters(arity = "0..*", paramLabel = "LINE", description = "The lines; none: from stdin.")
    private List<String> lines = List.of();

    @Mixin private FenceOptions fences = new FenceOptions();

    @Override
    ExitCode run(KvClient client) throws IOException {
        Transaction transaction = TransactionText.read(lines.isEmpty() ? linesOfStdin() : lines);
        TransactionBuilder builder =
                client.transaction()
                        .when(transaction.comparisons().toArray(Comparison[]::new))
                        .then(transaction.then().toArray(Operation[]::new))
                        .orElse(transaction.orElse().toArray(Operation[]::new));
        for (Fence fence : fences.writeOptions().fences()) {
            builder.fence(fence);
        }
        TransactionResult result = builder.commit();
        show(result, result.succeeded() ? transaction.then() : transaction.orElse());
        return result.succeeded() ? ExitCode.OK : ExitCode.NEGATIVE;
    }

    private List<String> linesOfStdin() throws IOException {
        byte[] bytes = kvcli().in().readNBytes(TEXT_BYTES_MAX + 1);
        if (bytes.length > TEXT_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "stdin has more than the " + TEXT_BYTES_MAX + " bytes of a transaction");
        }
        return new String(bytes, StandardCharsets.UTF_8).lines().toList();
    }

    private void show(TransactionResult result, List<Operation> branch) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < branch.size(); i++) {
            rows.add(row(branch.get(i), result.results().get(i)));
        }
        switch (output().form()) {
            case JSON ->
                    output().line(
                                    new Row()
                                            .flag("succeeded", result.succeeded())
                                            .number("revision", result.revision())
                                            .text("stamp", result.stamp().toString())
                                            .rows("results", rows)
                                            .json());
            case RAW -> output().rows(rows, "");
            case TABLE -> {
                String branchName = result.succeeded() ? "then" : "else";
                output().line(branchName + ", revision " + result.revision());
                if (!rows.isEmpty()) {
                    output().rows(rows, "");
                }
            }
        }
    }

    private Row row(Operation operation, OperationResult result) {
        Row row = new Row().text("operation", name(operation.kind()));
        boolean json = output().form() == Output.Form.JSON;
        if (operation instanceof Operation.DeleteRange delete) {
            row.text("key", delete.range().toString());
        } else if (operation instanceof Operation.Acquire acquire) {
            row.text(json ? "lock" : "key", acquire.lock().value());
        } else {
            row.key("key", operation.subject().orElseThrow());
        }
        return json ? detailed(row, result) : row.text("result", words(result));
    }

    private static String name(Operation.Kind kind) {
        return switch (kind) {
            case PUT -> "put";
            case DELETE -> "delete";
            case DELETE_RANGE -> "delete-range";
            case GET -> "get";
            case INCREMENT -> "incr";
            case APPEND -> "append";
            case ACQUIRE -> "acquire";
            case EXPIRE -> "expire";
        };
    }

    private static String words(OperationResult result) {
        return switch (result.kind()) {
            case PUT -> "ok" + before(((OperationResult.Put) result).previous());
            case DELETE -> {
                OperationResult.Delete delete = (OperationResult.Delete) result;
                yield delete.deleted() ? "deleted" + before(delete.previous()) : "not found";
            }
            case DELETE_RANGE -> ((OperationResult.DeleteRange) result).deleted() + " deleted";
            case GET -> {
                OperationResult.Get get = (OperationResult.Get) result;
                yield get.record().map(found -> found.value().toString()).orElse("not found")
                        + (get.remainingMs() == Operation.NEVER
                                ? ""
                                : ", ends in " + get.remainingMs() + " ms");
            }
            case INCREMENT -> Long.toString(((OperationResult.Increment) result).number());
            case APPEND -> ((OperationResult.Append) result).number() + " bytes";
            case ACQUIRE -> "token " + ((OperationResult.Acquire) result).token();
            case EXPIRE -> ((OperationResult.Expire) result).found() ? "ok" : "not found";
        };
    }

    private static String before(Optional<Versioned> previous) {
        return previous.map(record -> ", was " + record.value()).orElse("");
    }

    private static Row detailed(Row row, OperationResult result) {
        return switch (result.kind()) {
            case PUT -> Written.previous(row, ((OperationResult.Put) result).previous());
            case DELETE -> {
                OperationResult.Delete delete = (OperationResult.Delete) result;
                yield Written.previous(row.flag("deleted", delete.deleted()), delete.previous());
            }
            case DELETE_RANGE ->
                    row.number("deleted", ((OperationResult.DeleteRange) result).deleted());
            case GET -> {
                OperationResult.Get get = (OperationResult.Get) result;
                row.flag("found", get.record().isPresent());
                get.record()
                        .ifPresent(
                                record ->
                                        row.value("value", record.value())
                                                .number("modify_revision", record.modifyRevision())
                                                .number("version", record.version())
                                                .token("token", record.token()));
                yield get.remainingMs() == Operation.NEVER
                        ? row
                        : row.number("remaining_ms", get.remainingMs());
            }
            case INCREMENT -> row.number("number", ((OperationResult.Increment) result).number());
            case APPEND -> row.number("number", ((OperationResult.Append) result).number());
            case ACQUIRE -> row.token("token", ((OperationResult.Acquire) result).token());
            case EXPIRE -> row.flag("found", ((OperationResult.Expire) result).found());
        };
    }
}
