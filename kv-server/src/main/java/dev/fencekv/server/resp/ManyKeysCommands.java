package dev.fencekv.server.resp;

import dev.fencekv.client.KvClient;
import dev.fencekv.client.TransactionBuilder;
import dev.fencekv.client.TransactionResult;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.Value;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Commands that write many keys, as one transaction: all or nothing. Safe from any thread. */
final class ManyKeysCommands {
    private final KvClient client;

    ManyKeysCommands(KvClient client) {
        this.client = client;
    }

    /** How many of them were there. */
    CompletableFuture<RespReply> delete(Words words) {
        Set<Key> keys = new LinkedHashSet<>();
        while (words.hasMore()) {
            keys.add(words.key());
        }
        checkParts(keys.size());
        TransactionBuilder transaction = client.transaction();
        keys.forEach(key -> transaction.then(Operation.delete(key)));
        return transaction.commitAsync().thenApply(ManyKeysCommands::deleted);
    }

    private static RespReply deleted(TransactionResult result) {
        long deleted = 0;
        for (int i = 0; i < result.results().size(); i++) {
            deleted += result.result(i, OperationResult.Delete.class).deleted() ? 1 : 0;
        }
        return RespReply.number(deleted);
    }

    CompletableFuture<RespReply> set(Words words) {
        Map<Key, Value> pairs = pairs(words);
        checkParts(pairs.size());
        TransactionBuilder transaction = client.transaction();
        pairs.forEach((key, value) -> transaction.then(Operation.put(key, value)));
        return transaction.commitAsync().thenApply(done -> RespReply.OK);
    }

    /** 1 if none of them was there, so that all were set. */
    CompletableFuture<RespReply> setIfAllAbsent(Words words) {
        Map<Key, Value> pairs = pairs(words);
        checkParts(2 * pairs.size());
        TransactionBuilder transaction = client.transaction();
        pairs.forEach(
                (key, value) ->
                        transaction.when(Comparison.absent(key)).then(Operation.put(key, value)));
        return transaction
                .commitAsync()
                .thenApply(done -> RespReply.number(done.succeeded() ? 1 : 0));
    }

    /** Of a key that is named twice the last value counts, as in Redis. */
    private static Map<Key, Value> pairs(Words words) {
        if (words.left() % 2 != 0) {
            throw new RefusedException("ERR wrong number of arguments: a value for each key");
        }
        Map<Key, Value> pairs = new LinkedHashMap<>();
        while (words.hasMore()) {
            pairs.put(words.key(), words.value());
        }
        return pairs;
    }

    private static void checkParts(int parts) {
        if (parts > Limits.TRANSACTION_PARTS_MAX) {
            throw new RefusedException(
                    "UNSUPPORTED this would be "
                            + parts
                            + " parts of a transaction, which has at most "
                            + Limits.TRANSACTION_PARTS_MAX
                            + ": say it in several commands");
        }
    }
}
